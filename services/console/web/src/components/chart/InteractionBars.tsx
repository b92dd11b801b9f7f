/** Stacked bars of how many interactions there were; a click on one leads to those that it counts. */

import { Text } from "@mantine/core";
import { useMemo } from "react";
import { type Bucket, bucketSeries, type Countable, rangeOfBucket } from "../../lib/chart/buckets";
import type { ChartData, ChartPoint } from "../../lib/chart/model";
import { countSummary } from "../../lib/chart/summary";
import type { Range } from "../../lib/time/range";
import { useClock } from "../../state/preferences";
import { useRange } from "../../state/range";
import { Time } from "../Time";
import { Chart } from "./Chart";

interface InteractionBarsProps {
  readonly caption: string;
  readonly buckets: readonly Bucket[];
  readonly countable: Countable;
  /** Lead to what a bar counts; `group` is undefined where it counts several groups. */
  readonly onOpen: (range: Range, group: string | undefined) => void;
}

const NOUN = "interactions";

export function InteractionBars({ caption, buckets, countable, onOpen }: InteractionBarsProps) {
  const clock = useClock();
  const bucketMs = countable.granularity.ms;
  const { fromMs, toMs } = useRange();
  const data = useMemo(
    (): ChartData => ({ kind: "bars", unit: "count", bucketMs, ...bucketSeries(buckets, NOUN) }),
    [buckets, bucketMs],
  );
  const groups = useMemo(
    () => new Set(buckets.flatMap((bucket) => (bucket.groups ?? []).map(({ key }) => key))),
    [buckets],
  );
  const open = (point: ChartPoint) => {
    const name = data.series[point.series ?? -1]?.name ?? "";
    onOpen(rangeOfBucket(point, { fromMs, toMs }), groups.has(name) ? name : undefined);
  };
  return (
    <>
      <TooLong countable={countable} />
      <Chart caption={caption} summary={countSummary(data, NOUN, clock)} data={data} onPoint={open} />
    </>
  );
}

/** What is left out because the range is long. */
function TooLong({ countable: { isGrouped, isCut, fromMs } }: { readonly countable: Countable }) {
  if (isGrouped) return null;
  return (
    <Text size="sm" role="note">
      The range is too long to be counted group by group.
      {isCut && (
        <>
          {" "}
          The chart begins at <Time at={fromMs} zoned />.
        </>
      )}
    </Text>
  );
}
