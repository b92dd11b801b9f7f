/** What stands above every page: search, time range, zone, colour scheme, account. */

import { ActionIcon, Group, Text, Tooltip } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { IconCheck, IconLink, IconRefresh, IconSearch } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { PageLink } from "../../components/PageLink";
import { useCopy } from "../../components/useCopy";
import { useRange } from "../../state/range";
import { AccountMenu } from "./AccountMenu";
import { RangeMenu } from "./RangeMenu";
import { SchemeMenu } from "./SchemeMenu";
import { ZoneMenu } from "./ZoneMenu";

const SearchDialog = lazy(() => import("../search/SearchDialog"));

export function Header() {
  const [isSearching, search] = useDisclosure(false);
  const { refresh } = useRange();
  useHotkeys([
    ["/", search.open],
    // Where the keyboard has the slash above a digit.
    ["shift+/", search.open],
  ]);
  useHotkeys([["mod+K", search.open]], []);
  return (
    <>
      <PageLink to="/" fw={700} underline="never" c="inherit" aria-label="Waymark, overview">
        <span aria-hidden="true">Waymark</span>
      </PageLink>
      <Group gap={6} wrap="nowrap" ml="auto">
        <Icon name="Search" onClick={search.open}>
          <IconSearch size={18} aria-hidden="true" />
        </Icon>
        <RangeMenu />
        <Group gap={6} wrap="nowrap" visibleFrom="sm">
          <Icon name="Refresh" onClick={refresh}>
            <IconRefresh size={18} aria-hidden="true" />
          </Icon>
          <CopyLink />
        </Group>
        <ZoneMenu />
        <SchemeMenu />
        <AccountMenu />
      </Group>
      {isSearching && (
        <Suspense>
          <SearchDialog onClose={search.close} />
        </Suspense>
      )}
    </>
  );
}

/** Copy the address of the very view that is shown, its range as instants. */
function CopyLink() {
  const { absoluteHref } = useRange();
  const [isCopied, copy] = useCopy(absoluteHref());
  const Sign = isCopied ? IconCheck : IconLink;
  return (
    <Icon name="Copy link" onClick={copy}>
      <Sign size={18} aria-hidden="true" />
      <span className="visually-hidden" aria-live="polite">
        {isCopied ? "Copied" : ""}
      </span>
    </Icon>
  );
}

interface IconProps {
  readonly name: string;
  readonly onClick: () => void;
  readonly children: React.ReactNode;
}

function Icon({ name, onClick, children }: IconProps) {
  return (
    <Tooltip label={name} events={{ hover: true, focus: true, touch: false }}>
      <ActionIcon variant="default" size={34} aria-label={name} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** The present choice of a menu, in words beside its button where there is room. */
export function Chosen({ children }: { readonly children: React.ReactNode }) {
  return (
    <Text size="sm" visibleFrom="md" className="nowrap">
      {children}
    </Text>
  );
}
