/** The frame of a page: its heading, its title, and how far its data is. */

import { Alert, Group, Stack, Title } from "@mantine/core";
import { useRouterState } from "@tanstack/react-router";
import { type ReactNode, type RefObject, useEffect, useRef, useSyncExternalStore } from "react";
import { dataUpTo, forgetFreshness, watchFreshness } from "../api/freshness";
import { Time } from "./Time";

interface PageProps {
  /** The text of the heading, and of the browser's title. */
  readonly title: string;
  /** Stands beside the heading. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Waymark`;
  }, [title]);
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the page of another thing asks for all anew
  useEffect(() => forgetFreshness, [path]);
  const heading = useRef<HTMLHeadingElement>(null);
  useFocusOnArrival(heading);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="center">
        <Title order={1} size="h2" className="break heading" ref={heading} tabIndex={-1}>
          {title}
        </Title>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      <Freshness />
      {children}
    </Stack>
  );
}

/** The path of the page that is shown; null before the first, which the browser announces itself. */
let shownPath: string | null = null;

/** Give the heading the focus when another page is shown, so that keys and screen readers go on from there. */
function useFocusOnArrival(heading: RefObject<HTMLElement | null>): void {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname ?? state.location.pathname });
  useEffect(() => {
    const isAnother = shownPath !== null && shownPath !== path;
    shownPath = path;
    if (isAnother) heading.current?.focus({ preventScroll: true });
  }, [path, heading]);
}

function Freshness() {
  const upTo = useSyncExternalStore(watchFreshness, dataUpTo);
  if (upTo === null) return null;
  return (
    <Alert color="yellow" role="status">
      Data up to <Time at={upTo} />
    </Alert>
  );
}
