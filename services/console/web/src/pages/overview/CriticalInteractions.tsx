/** How the critical interactions are in the range. */

import { Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { useGet } from "../../api/queries";
import { Section } from "../../components/Section";
import { Loaded } from "../../components/states/Loaded";
import { type Column, DataTable } from "../../components/table/DataTable";
import { apdexRating, formatFigure } from "../../lib/health";
import { formatNumber } from "../../lib/numbers";
import { useRange } from "../../state/range";

type Figures = Schemas["FiguresOut"];
type Name = "apdex" | "errorRate" | "p95" | "throughputPerMinute";

const MOST = 10;
const COLUMNS: readonly Column<string>[] = [
  { head: "Critical interaction", cell: (name) => name },
  { head: "Apdex", align: "right", cell: (name) => <Apdex of={name} /> },
  { head: "Error rate", align: "right", cell: (name) => <Figure of={name} figure="errorRate" /> },
  { head: "p95", align: "right", cell: (name) => <Figure of={name} figure="p95" /> },
  { head: "Rate", align: "right", cell: (name) => <Figure of={name} figure="throughputPerMinute" /> },
];

export function CriticalInteractions() {
  const list = useGet("/v1/interactions", { params: { query: { page: 0, size: MOST } } });
  return (
    <Section title="Critical interactions">
      <Loaded query={list} what="the critical interactions" height={120}>
        {({ data: { interactions, totalInteractions } }) =>
          interactions.length === 0 ? (
            <Text>No critical interaction is defined.</Text>
          ) : (
            <>
              <DataTable
                caption="Critical interactions"
                columns={COLUMNS}
                rows={interactions.map(({ name }) => name)}
                rowKey={(name) => name}
                total={totalInteractions}
              />
              {totalInteractions > interactions.length && (
                <Text size="sm" className="dimmed">
                  and {formatNumber(totalInteractions - interactions.length)} more
                </Text>
              )}
            </>
          )
        }
      </Loaded>
    </Section>
  );
}

/** Read the figures of one; the cells of its row ask for the same, so that it is asked once. */
function useFigures(name: string): { readonly figures?: Figures; readonly isError: boolean } {
  const { from, to } = useRange();
  const health = useGet("/v1/interactions/{name}/health", { params: { path: { name }, query: { from, to } } });
  return { figures: health.data?.data.total, isError: health.isError };
}

function Figure({ of, figure }: { readonly of: string; readonly figure: Name }) {
  const { figures, isError } = useFigures(of);
  if (isError) return "failed";
  const value = figures?.[figure];
  return (
    <span className="numbers">{value === undefined ? "" : value === null ? "–" : formatFigure(figure, value)}</span>
  );
}

function Apdex({ of }: { readonly of: string }) {
  const { figures } = useFigures(of);
  const value = figures?.apdex;
  return (
    <>
      <Figure of={of} figure="apdex" />
      {typeof value === "number" && <span className="dimmed"> {apdexRating(value)}</span>}
    </>
  );
}
