/** The runs of a metric: when all its values, or those that changed, were computed, and how that went. */

import { Progress, Text } from "@mantine/core";
import { type GetData, useGet } from "../../../api/queries";
import { Section } from "../../../components/Section";
import { Loaded } from "../../../components/states/Loaded";
import { Duration, Time } from "../../../components/Time";
import { type Column, DataTable } from "../../../components/table/DataTable";
import { formatNumber, formatShare } from "../../../lib/numbers";
import { type Metric, RUNS } from "../api";
import { usePolling } from "../usePolling";

type Run = GetData<typeof RUNS>["data"][number];

const SHOWN = 10;
const KINDS: Readonly<Record<Run["kind"], string>> = {
  scheduled: "by the clock",
  manual: "on request",
  backfill: "after the log was read",
};

const COLUMNS: readonly Column<Run>[] = [
  { head: "Run", cell: ({ kind }) => KINDS[kind] },
  { head: "State", cell: (run) => <RunState of={run} /> },
  { head: "As of", isTime: true, cell: ({ at }) => (at === null ? "–" : <Time at={at} millis />) },
  { head: "Took", align: "right", cell: took },
  { head: "Values", align: "right", cell: ({ valueCount }) => (valueCount === null ? "–" : formatNumber(valueCount)) },
  { head: "Changed", align: "right", cell: ({ changed }) => formatNumber(changed) },
  { head: "Attempt", align: "right", cell: ({ attempt }) => attempt },
  { head: "Error", cell: ({ error }) => error ?? "" },
];

export function Runs({ of: metric }: { readonly of: Metric }) {
  const runs = useGet(RUNS, { params: { path: { id: metric.id }, query: { limit: SHOWN } } });
  usePolling(runs, runs.data?.data.some(isOpen) ?? false);
  return (
    <Section title="Runs" description="Runs are kept for 30 days.">
      <Loaded query={runs} what="the runs" height={200}>
        {({ data, total }) =>
          data.length === 0 ? (
            <Text>No run yet.</Text>
          ) : (
            <>
              <DataTable caption="Runs" columns={COLUMNS} rows={data} rowKey={({ id }) => id} total={total} />
              {total > data.length && (
                <Text size="sm" className="dimmed">
                  The newest {data.length} of {formatNumber(total)}.
                </Text>
              )}
            </>
          )
        }
      </Loaded>
    </Section>
  );
}

export function isOpen({ state }: Pick<Run, "state">): boolean {
  return state === "waiting" || state === "running";
}

function RunState({ of: run }: { readonly of: Run }) {
  if (run.state !== "running") return run.state;
  return (
    <>
      running: {formatShare(run.progress)}
      <Progress value={run.progress * 100} aria-label="Progress of the run" />
    </>
  );
}

function took({ startedAt, finishedAt }: Run) {
  if (startedAt === null || finishedAt === null) return "–";
  return <Duration ms={Date.parse(finishedAt) - Date.parse(startedAt)} />;
}
