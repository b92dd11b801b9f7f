/** The metrics of the tenant: what each works out, how, and how far its values are. */

import { Group, Text } from "@mantine/core";
import { useGet } from "../../../api/queries";
import { PageLink } from "../../../components/PageLink";
import { Loaded } from "../../../components/states/Loaded";
import { NothingYet } from "../../../components/states/Nothing";
import { Time } from "../../../components/Time";
import { type Column, DataTable } from "../../../components/table/DataTable";
import { paths } from "../../../lib/address/paths";
import { createMetric } from "../../../lib/commands";
import { metricWords } from "../../../lib/metrics/words";
import { formatNumber } from "../../../lib/numbers";
import { METRICS, type Metric, MOST_METRICS } from "../api";
import { isGoingOn, StateWords } from "../StateWords";
import { usePolling } from "../usePolling";

const COLUMNS: readonly Column<Metric>[] = [
  { head: "Name", cell: (metric) => <PageLink to={paths.metric(metric.id)}>{metric.name}</PageLink> },
  { head: "Works out", cell: metricWords },
  { head: "Mode", cell: modeWords },
  { head: "Status", cell: ({ status }) => status },
  { head: "Values", align: "right", cell: ({ _count }) => formatNumber(_count.values) },
  { head: "State", cell: (metric) => <StateWords of={metric} /> },
  { head: "Last computed", isTime: true, cell: ({ lastComputedAt }) => timeOr(lastComputedAt, "not yet") },
  { head: "Next", isTime: true, cell: ({ nextComputeAt }) => timeOr(nextComputeAt, "–") },
];

export function MetricList() {
  const list = useGet(METRICS, { params: { query: { limit: 100 } } });
  usePolling(list, list.data?.data.some(isGoingOn) ?? false);
  return (
    <Loaded query={list} what="the metrics" height={400}>
      {({ data, total }) => (
        <>
          <Group mb="xs">
            <Text size="sm">
              {formatNumber(total)} of {MOST_METRICS}
            </Text>
          </Group>
          {total === 0 ? (
            <NothingYet
              sentence="A metric is a number about each customer, as the purchases of the last 30 days."
              command={createMetric(window.location.origin)}
            />
          ) : (
            <DataTable caption="Metrics" columns={COLUMNS} rows={data} rowKey={({ id }) => id} total={total} />
          )}
        </>
      )}
    </Loaded>
  );
}

export function modeWords({ computeMode, batchIntervalMin }: Metric): string {
  return computeMode === "realtime" ? "realtime" : `batch, every ${batchIntervalMin} min`;
}

function timeOr(at: string | null, otherwise: string) {
  return at === null ? otherwise : <Time at={at} ago />;
}
