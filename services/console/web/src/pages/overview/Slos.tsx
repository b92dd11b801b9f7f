/** The objectives whose error budget goes too fast now, whatever the range. */

import { Box, Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { useGet, useGets } from "../../api/queries";
import { PageLink } from "../../components/PageLink";
import { Section } from "../../components/Section";
import { Failed } from "../../components/states/Failed";
import { Loaded, Waiting } from "../../components/states/Loaded";
import { type Column, DataTable } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { isBurning } from "../../lib/health";
import { formatShare } from "../../lib/numbers";

type Slo = Schemas["SloOut"];
interface Row {
  readonly slo: Slo;
  readonly status: Schemas["SloStatus"];
}

const MOST = 20;
const COLUMNS: readonly Column<Row>[] = [
  {
    head: "Objective",
    cell: ({ slo }) => (
      <Box miw={150} className="break">
        <PageLink to={paths.criticalInteraction(slo.interactionName)} search={{ tab: "slo" }}>
          {slo.name}
        </PageLink>
      </Box>
    ),
  },
  {
    head: "Critical interaction",
    cell: ({ slo }) => (
      <Box miw={110} className="break">
        {slo.interactionName}
      </Box>
    ),
  },
  { head: "Good", align: "right", cell: ({ status }) => shareOr(status.sli) },
  { head: "Target", align: "right", cell: ({ slo }) => formatShare(slo.target) },
  { head: "Budget left", align: "right", cell: ({ status }) => shareOr(status.budgetRemaining) },
];

export function Slos() {
  const slos = useGet("/v1/slos", { params: { query: { page: 0, size: MOST } } });
  return (
    <Section title="Burning SLOs">
      <Loaded query={slos} what="the SLOs" height={24}>
        {({ data }) => (data.slos.length === 0 ? <Text>No SLO is defined.</Text> : <Burning slos={data.slos} />)}
      </Loaded>
    </Section>
  );
}

function Burning({ slos }: { readonly slos: readonly Slo[] }) {
  const statuses = useGets(
    "/v1/slos/{id}/status",
    slos.map(({ id }) => ({ params: { path: { id } } })),
  );
  const failed = statuses.find(({ isError }) => isError);
  if (failed !== undefined)
    return <Failed what="the state of the SLOs" problem={failed.error} retry={failed.refetch} />;
  if (statuses.some(({ data }) => data === undefined)) return <Waiting height={24} />;
  const rows = slos.flatMap((slo, index) => {
    const status = statuses[index]?.data?.data;
    return status !== undefined && isBurning(status) ? [{ slo, status }] : [];
  });
  if (rows.length === 0) return <Text>No SLO burns.</Text>;
  return <DataTable caption="Burning SLOs" columns={COLUMNS} rows={rows} rowKey={({ slo }) => slo.id} />;
}

function shareOr(share: number | null): string {
  return share === null ? "no data" : formatShare(share);
}
