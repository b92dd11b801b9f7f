/** An opened record beside what it was opened from, or below where there is no room; Escape closes it. */

import { Button, Grid, Group, Paper, Stack } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import type { Opened } from "./useOpened";

interface BesideProps {
  /** The opened record; null when none is. */
  readonly record: ReactNode;
  readonly children: ReactNode;
}

/** A list, and a record that was opened from it. */
export function Beside({ record, children }: BesideProps) {
  const isOpen = record !== null;
  return (
    <Grid>
      <Grid.Col span={isOpen ? { base: 12, lg: 7 } : 12}>{children}</Grid.Col>
      {isOpen && <Grid.Col span={{ base: 12, lg: 5 }}>{record}</Grid.Col>}
    </Grid>
  );
}

interface RecordPanelProps {
  readonly opened: Pick<Opened, "id" | "wasOpenedHere" | "close">;
  /** The name of its region; `Record` when absent. */
  readonly label?: string;
  readonly children: ReactNode;
}

export function RecordPanel({ opened, label = "Record", children }: RecordPanelProps) {
  const panel = useRef<HTMLElement>(null);
  const { id, wasOpenedHere, close } = opened;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another record takes the focus as the first one did
  useEffect(() => {
    if (wasOpenedHere()) panel.current?.focus();
  }, [id, wasOpenedHere]);
  return (
    <Paper
      component="section"
      ref={panel}
      aria-label={label}
      tabIndex={-1}
      withBorder
      p="md"
      className="record"
      onKeyDown={(event: React.KeyboardEvent) => event.key === "Escape" && close()}
    >
      <Stack gap="sm">
        <Group justify="flex-end">
          <Button size="compact-sm" variant="default" onClick={close}>
            Close
          </Button>
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
