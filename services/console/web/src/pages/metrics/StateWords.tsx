/** How complete the values of a metric are: in words, and with a bar while they are being worked out. */

import { Progress, Stack, Text } from "@mantine/core";
import { Time } from "../../components/Time";
import { formatNumber, formatShare } from "../../lib/numbers";
import type { Metric } from "./api";

type State = Metric["state"];

export function isGoingOn({ state }: Metric): boolean {
  return state.phase === "waiting" || state.phase === "backfilling";
}

export function StateWords({ of: metric }: { readonly of: Metric }) {
  const { state, version } = metric;
  return (
    <Stack gap={2}>
      <span>{wordsOf(state)}</span>
      {isGoingOn(metric) && <Progress value={state.progress * 100} aria-label={`Progress of ${metric.name}`} />}
      {state.phase !== "current" && state.servingVersion !== null && state.servingVersion < version && (
        <Text size="sm" className="dimmed">
          Until then the values are those of version {state.servingVersion}.
        </Text>
      )}
      {state.coveredFrom !== null && (
        <Text size="sm" className="dimmed">
          Complete from <Time at={state.coveredFrom} zoned />: the log has nothing older.
        </Text>
      )}
    </Stack>
  );
}

function wordsOf({ phase, progress, recordsRead, recordsTotal, error }: State): string {
  switch (phase) {
    case "waiting":
      return "waiting for its turn to read the log";
    case "backfilling":
      return `reading the log: ${formatShare(progress)}, ${formatNumber(recordsRead)} of ${formatNumber(recordsTotal)} records`;
    case "current":
      return "complete";
    case "failed":
      return `failed: ${error ?? "the reason is not known"}`;
  }
}
