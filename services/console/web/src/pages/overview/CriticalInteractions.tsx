/** How the critical interactions are in the range. */

import { Box, Text } from "@mantine/core";
import { useGet } from "../../api/queries";
import { ApdexCell, FigureCell } from "../../components/health/FigureCells";
import { PageLink } from "../../components/PageLink";
import { Section } from "../../components/Section";
import { Loaded } from "../../components/states/Loaded";
import { type Column, DataTable } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { formatNumber } from "../../lib/numbers";

const MOST = 10;
const COLUMNS: readonly Column<string>[] = [
  {
    head: "Critical interaction",
    cell: (name) => (
      <Box miw={150} className="break">
        <PageLink to={paths.criticalInteraction(name)}>{name}</PageLink>
      </Box>
    ),
  },
  { head: "Apdex", align: "right", cell: (name) => <ApdexCell of={name} /> },
  { head: "Error rate", align: "right", cell: (name) => <FigureCell of={name} figure="errorRate" /> },
  { head: "p95", align: "right", cell: (name) => <FigureCell of={name} figure="p95" /> },
  { head: "Rate", align: "right", cell: (name) => <FigureCell of={name} figure="throughputPerMinute" /> },
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
                <Text size="sm">
                  <PageLink to="/critical-interactions">
                    and {formatNumber(totalInteractions - interactions.length)} more
                  </PageLink>
                </Text>
              )}
            </>
          )
        }
      </Loaded>
    </Section>
  );
}
