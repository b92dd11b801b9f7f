/** The frame of a page: its heading, its title, and how far its data is. */

import { Alert, Group, Stack, Title } from "@mantine/core";
import { type ReactNode, useEffect, useSyncExternalStore } from "react";
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
    return forgetFreshness;
  }, [title]);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="center">
        <Title order={1} size="h2" className="break">
          {title}
        </Title>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      <Freshness />
      {children}
    </Stack>
  );
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
