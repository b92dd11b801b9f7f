/** The button that computes all values of a metric, and how far that is. */

import { Alert, Button, Progress, Stack, Text } from "@mantine/core";
import { Failed } from "../../../components/states/Failed";
import { Time } from "../../../components/Time";
import { formatNumber, formatShare } from "../../../lib/numbers";
import type { ComputingState } from "./useComputing";

export function ComputeButton({ of: { isStarting, start } }: { readonly of: ComputingState }) {
  return (
    <Button size="compact-sm" onClick={start} aria-busy={isStarting}>
      Compute
    </Button>
  );
}

export function Computing({ of: { run, problem } }: { readonly of: ComputingState }) {
  return (
    <>
      {problem !== null && <Failed verb="compute" what="the values" problem={problem} />}
      <div role="status">{run !== undefined && problem === null && <Told of={run} />}</div>
    </>
  );
}

function Told({ of: run }: { readonly of: NonNullable<ComputingState["run"]> }) {
  switch (run.state) {
    case "waiting":
      return <Text size="sm">The run waits for its turn, or for the log to be read.</Text>;
    case "running":
      return (
        <Stack gap={4}>
          <Text size="sm">Computing: {formatShare(run.progress)}</Text>
          <Progress value={run.progress * 100} aria-label="Progress of the computation" />
        </Stack>
      );
    case "failed":
      return <Alert color="red">The run failed: {run.error ?? "the reason is not known"}</Alert>;
    case "done":
      return (
        <Text size="sm">
          Computed {formatNumber(run.valueCount ?? 0)} values
          {run.at !== null && (
            <>
              {" "}
              as of <Time at={run.at} zoned />
            </>
          )}
          ; {formatNumber(run.changed)} changed.
        </Text>
      );
  }
}
