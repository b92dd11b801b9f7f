/** The metrics of the tenant: what each works out, how, and how far its values are. */

import { Button, Group, Text } from "@mantine/core";
import { useMemo } from "react";
import { useGet } from "../../../api/queries";
import { PageLink, useGo } from "../../../components/PageLink";
import { Loaded } from "../../../components/states/Loaded";
import { NothingYet } from "../../../components/states/Nothing";
import { Time } from "../../../components/Time";
import { type Column, DataTable } from "../../../components/table/DataTable";
import { text } from "../../../lib/address/fields";
import { paths } from "../../../lib/address/paths";
import { createMetric } from "../../../lib/commands";
import { metricWords } from "../../../lib/metrics/words";
import { formatNumber } from "../../../lib/numbers";
import { useAddress, useHref } from "../../../state/address";
import { useMay } from "../../../state/me";
import { METRICS, type Metric, MOST_METRICS } from "../api";
import { MetricDialog } from "../form/MetricDialog";
import { DeleteMetric, PauseOrResume } from "../MetricActions";
import { isGoingOn, StateWords } from "../StateWords";
import { usePolling } from "../usePolling";

const FIELDS = { open: text() };
const NEW = "new";

const COLUMNS: readonly Column<Metric>[] = [
  { head: "Name", cell: (metric) => <PageLink to={paths.metric(metric.id)}>{metric.name}</PageLink> },
  { head: "Computes", cell: metricWords },
  { head: "Mode", cell: modeWords },
  { head: "Status", cell: ({ status }) => status },
  { head: "Values", align: "right", cell: ({ _count }) => formatNumber(_count.values) },
  { head: "State", cell: (metric) => <StateWords of={metric} /> },
  { head: "Last computed", isTime: true, cell: ({ lastComputedAt }) => timeOr(lastComputedAt, "not yet") },
  { head: "Next", isTime: true, cell: ({ nextComputeAt }) => timeOr(nextComputeAt, "–") },
];

const CHANGE: Column<Metric> = {
  head: "Change",
  cell: (metric) => (
    <Group gap="xs" wrap="nowrap">
      <PauseOrResume metric={metric} />
      <DeleteMetric metric={metric} />
    </Group>
  ),
};

export function MetricList() {
  const { values, change } = useAddress(FIELDS);
  const mayWrite = useMay("editor");
  const href = useHref();
  const go = useGo();
  const list = useGet(METRICS, { params: { query: { limit: 100 } } });
  usePolling(list, list.data?.data.some(isGoingOn) ?? false);
  const columns = useMemo(() => (mayWrite ? [...COLUMNS, CHANGE] : COLUMNS), [mayWrite]);
  return (
    <>
      <Group justify="space-between" mb="xs">
        <Text size="sm">{list.data !== undefined && `${formatNumber(list.data.total)} of ${MOST_METRICS}`}</Text>
        {mayWrite && <Button onClick={() => change({ open: NEW })}>New metric</Button>}
      </Group>
      <Loaded query={list} what="the metrics" height={400}>
        {({ data, total }) =>
          total === 0 ? (
            <NothingYet
              sentence="A metric is a number about each customer, such as the purchases of the last 30 days."
              command={createMetric(window.location.origin)}
            />
          ) : (
            <DataTable caption="Metrics" columns={columns} rows={data} rowKey={({ id }) => id} total={total} />
          )
        }
      </Loaded>
      {values.open === NEW && mayWrite && (
        <MetricDialog
          metric={null}
          onDone={({ id }) => go(href(paths.metric(id)))}
          onClose={() => change({ open: "" })}
        />
      )}
    </>
  );
}

export function modeWords({ computeMode, batchIntervalMin }: Metric): string {
  return computeMode === "realtime" ? "realtime" : `batch, every ${batchIntervalMin} min`;
}

function timeOr(at: string | null, otherwise: string) {
  return at === null ? otherwise : <Time at={at} ago />;
}
