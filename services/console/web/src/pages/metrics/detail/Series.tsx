/** A customer's values over the page's time range; a point leads to the records of its instant. */

import { useMemo } from "react";
import { type GetData, useGet } from "../../../api/queries";
import { Chart } from "../../../components/chart/Chart";
import { Loaded } from "../../../components/states/Loaded";
import { MOST_SERIES } from "../../../lib/chart/looks";
import { type ChartData, DAY_MS } from "../../../lib/chart/model";
import { valueSummary } from "../../../lib/chart/summary";
import { instantsIn, instantsWords, type Stepped } from "../../../lib/metrics/steps";
import { groupWords } from "../../../lib/metrics/words";
import { toRfc3339 } from "../../../lib/time/zone";
import { useRange } from "../../../state/range";
import { type Metric, SERIES } from "../api";
import type { Explained } from "./useExplained";

type Found = GetData<typeof SERIES>;

interface SeriesProps {
  readonly of: Metric;
  readonly customerId: string;
  readonly explained: Explained;
}

const HEIGHT = 200;
/** The height of the chart with its words and its legend, in pixels. */
export const SERIES_HEIGHT = HEIGHT + 100;
/** The groups that a sentence can hold. */
const FEW = 2;

export function Series({ of: metric, customerId, explained }: SeriesProps) {
  const { fromMs, toMs, nowMs } = useRange();
  const asked = useMemo(() => instantsIn({ fromMs, toMs }, nowMs), [fromMs, toMs, nowMs]);
  const query = { customerId, from: toRfc3339(asked.fromMs), to: toRfc3339(asked.toMs), step: asked.step.name };
  const found = useGet(SERIES, { params: { path: { id: metric.id }, query } });
  const data = useMemo(() => dataOf(metric, found.data, asked), [metric, found.data, asked]);
  return (
    <Loaded query={found} what="the values over time" height={SERIES_HEIGHT}>
      {({ series }) => (
        <Chart
          caption={`${customerId} over time`}
          summary={summaryOf(data, series.length, asked)}
          data={data}
          height={HEIGHT}
          onPoint={({ timeMs, series: at }) => {
            const group = series[at ?? 0];
            if (group === undefined) return;
            explained.explain({ customerId, dimensions: group.dimensions, at: toRfc3339(timeMs) });
          }}
        />
      )}
    </Loaded>
  );
}

function dataOf(metric: Metric, found: Found | undefined, { step }: Stepped): ChartData {
  const groups = found?.series.slice(0, MOST_SERIES) ?? [];
  return {
    kind: "lines",
    unit: "number",
    areDays: step.ms >= DAY_MS,
    times: groups[0]?.points.map(({ at }) => Date.parse(at)) ?? [],
    series: groups.map(({ dimensions, points }) => ({
      name: groupWords(dimensions) || metric.name,
      values: points.map(({ value }) => value),
    })),
  };
}

/** Sum up the values, and say of which instants they are. */
function summaryOf(data: ChartData, groups: number, asked: Stepped): string {
  if (data.series.length === 0) return `No value in this time range. ${instantsWords(asked)}`;
  const left = groups - data.series.length;
  const others = left > 0 ? ` ${left} more groups are left out.` : "";
  const values = data.series.length > FEW ? `${data.series.length} groups.` : valueSummary(data);
  return `${instantsWords(asked)} ${values}${others}`;
}
