/** A link that opens a thing beside or above its list: the address stays, but for `open`. */

import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";
import { formatSearch, withChanges } from "../lib/address/search";
import { useSearchText } from "../state/address";
import { onPlainClick } from "./PageLink";
import type { Opened } from "./record/useOpened";

interface OpenLinkProps {
  /** The value of `open`. */
  readonly id: string;
  /** What is opened beside the list, which then gives the focus back; absent for a dialog. */
  readonly opened?: Opened;
  readonly children: ReactNode;
}

export function OpenLink({ id, opened, children }: OpenLinkProps) {
  const [search, change] = useSearchText();
  return (
    <Anchor
      inherit
      href={formatSearch(withChanges(search, { open: id }))}
      onClick={onPlainClick(() => (opened === undefined ? change({ open: id }) : opened.open(id)))}
      aria-haspopup={opened === undefined ? "dialog" : undefined}
    >
      {children}
    </Anchor>
  );
}
