/** Lag, parked records, outboxes, streams and the log, as the processes tell them. */

import { Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { Facts } from "../../components/Facts";
import { Section } from "../../components/Section";
import { Duration, Time } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { formatNumber } from "../../lib/numbers";
import {
  figuresOf,
  type OutboxFigures,
  type ProjectionFigures,
  stateOf,
  type TopicFigures,
} from "../../lib/prometheus/figures";

const OUTBOXES: readonly Column<OutboxFigures>[] = [
  { head: "Service", cell: (row) => row.service },
  { head: "Rows not yet in the log", align: "right", cell: (row) => formatNumber(row.rows) },
  { head: "Age of the oldest", align: "right", cell: (row) => <Seconds of={row.oldestSeconds} /> },
];

const TOPICS: readonly Column<TopicFigures>[] = [
  { head: "Topic", cell: (row) => row.topic },
  { head: "Records appended", align: "right", cell: (row) => formatNumber(row.appended) },
];

export function Processes({ exposition }: { readonly exposition: string }) {
  const [figures, readMs] = useMemo(() => [figuresOf(exposition), Date.now()] as const, [exposition]);
  const projections = useMemo(() => projectionColumns(readMs), [readMs]);
  return (
    <Stack gap="md">
      <Section title="Now">
        <Facts
          facts={[
            ["Streams open", formatNumber(figures.streamsOpen)],
            ["Waiting for the log", formatNumber(figures.waitingRecords)],
            ["Webhook deliveries waiting", formatNumber(figures.deliveriesWaiting)],
            ["Alert evaluation behind", <Seconds key="lag" of={figures.alertLagSeconds} />],
            [
              "Append to the log, average",
              figures.appendMs === null ? "–" : <Duration key="ms" ms={figures.appendMs} />,
            ],
            ["Processes", formatNumber(figures.processes.length)],
          ]}
        />
      </Section>
      <Section title="Projections">
        <DataTable
          caption="Projections"
          columns={projections}
          rows={figures.projections}
          rowKey={(row) => row.projection}
        />
      </Section>
      <Section title="Outboxes">
        <DataTable caption="Outboxes" columns={OUTBOXES} rows={figures.outboxes} rowKey={(row) => row.service} />
      </Section>
      <Section title="Log">
        <DataTable caption="Log" columns={TOPICS} rows={figures.topics} rowKey={(row) => row.topic} />
        <Text size="xs" c="dimmed" mt={4}>
          Since the processes began: {figures.processes.join(", ")}.
        </Text>
      </Section>
    </Stack>
  );
}

function projectionColumns(nowMs: number): readonly Column<ProjectionFigures>[] {
  return [
    { head: "Projection", cell: (row) => row.projection },
    { head: "State", cell: (row) => <State row={row} nowMs={nowMs} /> },
    { head: "Lag", align: "right", cell: (row) => <Seconds of={row.lagSeconds} /> },
    { head: "Records to read", align: "right", cell: (row) => formatNumber(row.lagRecords) },
    { head: "Parked now", align: "right", cell: (row) => formatNumber(row.parked) },
    { head: "Parked since it began", align: "right", cell: (row) => formatNumber(row.parkedEver) },
    {
      head: "Last asked the log",
      isTime: true,
      cell: (row) => (row.aliveMs === null ? "–" : <Time at={row.aliveMs} ago />),
    },
  ];
}

function State({ row, nowMs }: { readonly row: ProjectionFigures; readonly nowMs: number }) {
  const state = stateOf(row, nowMs);
  return state === "up to date" ? state : <strong>{state}</strong>;
}

function Seconds({ of: seconds }: { readonly of: number }) {
  return <Duration ms={Math.round(1_000 * seconds)} />;
}
