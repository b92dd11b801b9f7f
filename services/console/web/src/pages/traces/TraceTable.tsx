/** The records of a trace as a list, in the order that is asked for. */

import { Stack } from "@mantine/core";
import { useMemo } from "react";
import { Choice } from "../../components/Choice";
import { PageLink } from "../../components/PageLink";
import { Duration, Time } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import type { Span, Trace } from "../../lib/tree/trace";
import { useAddress } from "../../state/address";
import { FIELDS } from "./fields";

const SORTS = { start: "start", duration: "duration", self: "self time" } as const;
const ORDERS: Readonly<Record<keyof typeof SORTS, (one: Span, other: Span) => number>> = {
  start: (one, other) => one.startMs - other.startMs,
  duration: (one, other) => other.endMs - other.startMs - (one.endMs - one.startMs),
  self: (one, other) => other.node.selfTimeMs - one.node.selfTimeMs,
};

const COLUMNS: readonly Column<Span>[] = [
  {
    head: "Record",
    cell: ({ node, name }) => (
      <PageLink to={node.kind === "event" ? paths.event(node.id) : paths.interaction(node.id)} className="break">
        {name}
      </PageLink>
    ),
  },
  { head: "Start", isTime: true, cell: (span) => <Time at={span.startMs} millis /> },
  {
    head: "Duration",
    align: "right",
    cell: (span) => (span.isPoint ? "" : <Duration ms={span.endMs - span.startMs} />),
  },
  { head: "Self time", align: "right", cell: (span) => (span.isPoint ? "" : <Duration ms={span.node.selfTimeMs} />) },
  { head: "Resource", cell: ({ node }) => <span className="break">{`${node.resourceType} ${node.resourceId}`}</span> },
  { head: "By", cell: ({ node }) => node.userId ?? node.actorId ?? "" },
  { head: "Status", cell: ({ node }) => node.status ?? "" },
];

export function TraceTable({ trace }: { readonly trace: Trace }) {
  const { values, change } = useAddress(FIELDS);
  const rows = useMemo(() => trace.spans.toSorted(ORDERS[values.sort]), [trace, values.sort]);
  return (
    <Stack gap="xs" align="stretch">
      <Choice label="Order by" value={values.sort} options={SORTS} onChange={(sort) => change({ sort })} />
      <DataTable
        caption="Records of the trace"
        columns={COLUMNS}
        rows={rows}
        rowKey={({ node }) => `${node.kind} ${node.id}`}
      />
    </Stack>
  );
}
