/** Which origins hand units of work on to which: as a graph, and as a table. */

import { Stack, Text } from "@mantine/core";
import { type GetData, useGet } from "../../api/queries";
import { Page } from "../../components/Page";
import { PageLink } from "../../components/PageLink";
import { Loaded } from "../../components/states/Loaded";
import { NoMatch } from "../../components/states/Nothing";
import { Duration } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { formatNumber } from "../../lib/numbers";
import { useRange } from "../../state/range";
import { OriginsGraph } from "./OriginsGraph";
import { tracesOf } from "./tracesOf";

export type Graph = GetData<"/api/origins/graph">;
export type Edge = Graph["edges"][number];

/** The first day that can have records: with no day named at all, the answer is of 30 days. */
const BEGINNING = "1970-01-01";

const COLUMNS: readonly Column<Edge>[] = [
  {
    head: "From and to",
    cell: (edge) => (
      <PageLink {...tracesOf(edge)}>
        {edge.from} → {edge.to}
      </PageLink>
    ),
  },
  { head: "Count", align: "right", cell: (edge) => formatNumber(edge.count) },
  { head: "p50", align: "right", cell: (edge) => <Duration ms={edge.p50Ms} /> },
  { head: "p95", align: "right", cell: (edge) => <Duration ms={edge.p95Ms} /> },
  { head: "Average", align: "right", cell: (edge) => <Duration ms={edge.avgMs} /> },
];

export default function OriginsPage() {
  const { from, to } = useRange();
  const graph = useGet("/api/origins/graph", {
    params: { query: { startDate: dayOf(from) ?? BEGINNING, endDate: dayOf(to) } },
  });
  return (
    <Page title="Origins">
      <Loaded query={graph} what="the graph of origins" height={640}>
        {(found) =>
          found.nodes.length === 0 ? (
            <NoMatch />
          ) : (
            <Stack gap="md">
              <Text size="sm">
                From one record of a unit of work to the next, by their origins. <Days graph={found} />
              </Text>
              <OriginsGraph graph={found} />
              <DataTable
                caption="Origins"
                columns={COLUMNS}
                rows={found.edges}
                rowKey={(edge) => JSON.stringify([edge.from, edge.to])}
              />
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}

function Days({ graph }: { readonly graph: Graph }) {
  if (graph.startDate === BEGINNING) return `All days of UTC until ${graph.endDate}.`;
  return `Whole days of UTC: ${graph.startDate === graph.endDate ? graph.endDate : `${graph.startDate} to ${graph.endDate}`}.`;
}

/** Return the UTC day of an RFC 3339 time in UTC. */
function dayOf(time: string | undefined): string | undefined {
  return time?.slice(0, 10);
}
