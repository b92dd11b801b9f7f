/** Stacked bars of how many interactions there were; a click on one leads to those that it counts. */

import { useMemo } from "react";
import { type Bucket, bucketSeries, type Granularity, rangeOfBucket } from "../../lib/chart/buckets";
import type { ChartData, ChartPoint } from "../../lib/chart/model";
import { countSummary } from "../../lib/chart/summary";
import type { Range } from "../../lib/time/range";
import { useClock } from "../../state/preferences";
import { useRange } from "../../state/range";
import { Chart } from "./Chart";

interface InteractionBarsProps {
  readonly caption: string;
  readonly buckets: readonly Bucket[];
  readonly granularity: Granularity;
  /** Lead to what a bar counts; `group` is undefined where it counts several groups. */
  readonly onOpen: (range: Range, group: string | undefined) => void;
}

const NOUN = "interactions";

export function InteractionBars({ caption, buckets, granularity, onOpen }: InteractionBarsProps) {
  const clock = useClock();
  const { fromMs, toMs } = useRange();
  const data = useMemo(
    (): ChartData => ({ kind: "bars", unit: "count", bucketMs: granularity.ms, ...bucketSeries(buckets, NOUN) }),
    [buckets, granularity.ms],
  );
  const groups = useMemo(
    () => new Set(buckets.flatMap((bucket) => (bucket.groups ?? []).map(({ key }) => key))),
    [buckets],
  );
  const open = (point: ChartPoint) => {
    const name = data.series[point.series ?? -1]?.name ?? "";
    onOpen(rangeOfBucket(point, { fromMs, toMs }), groups.has(name) ? name : undefined);
  };
  return <Chart caption={caption} summary={countSummary(data, NOUN, clock)} data={data} onPoint={open} />;
}
