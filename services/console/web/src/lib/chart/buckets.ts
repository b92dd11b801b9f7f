/** Counts over time as the API answers them, made the series of a chart. */

import { between, type Instants, type Range } from "../time/range";
import { MOST_SERIES } from "./looks";
import { type ChartPoint, DAY_MS, type Series } from "./model";

export interface Granularity {
  /** As the API names it. */
  readonly name: "15 minutes" | "hour" | "6 hours" | "day";
  readonly ms: number;
}

const GRANULARITIES: readonly [Granularity, ...Granularity[]] = [
  { name: "15 minutes", ms: 900_000 },
  { name: "hour", ms: 3_600_000 },
  { name: "6 hours", ms: 21_600_000 },
  { name: "day", ms: DAY_MS },
];
/** More bars than this are too thin to be told apart or hit. */
const MOST_BUCKETS = 120;
const OTHERS = "others";

/** Return the finest granularity that keeps the bars of a range wide enough; days for a range without bounds. */
export function granularityOf(fromMs: number | null, toMs: number | null): Granularity {
  const spanMs = fromMs === null || toMs === null ? Number.POSITIVE_INFINITY : toMs - fromMs;
  return GRANULARITIES.find(({ ms }) => spanMs / ms <= MOST_BUCKETS) ?? { name: "day", ms: DAY_MS };
}

export interface Bucket {
  readonly bucket: string;
  readonly count: number;
  readonly groups?: readonly { readonly key: string; readonly count: number }[] | null;
}

/** Return the times and series of counted buckets: one series a group, the largest first, what is left as `others`. */
export function bucketSeries(
  buckets: readonly Bucket[],
  whole: string,
): { readonly times: readonly number[]; readonly series: readonly Series[] } {
  const times = buckets.map(({ bucket }) => Date.parse(bucket));
  const counts = buckets.map(({ groups }) => new Map((groups ?? []).map(({ key, count }) => [key, count])));
  const totals = new Map<string, number>();
  for (const [key, count] of counts.flatMap((one) => [...one])) totals.set(key, (totals.get(key) ?? 0) + count);
  if (![...totals.values()].some(Boolean))
    return { times, series: [{ name: whole, values: buckets.map(({ count }) => count) }] };
  const keys = [...totals]
    .filter(([, count]) => count > 0)
    .sort(([a, n], [b, m]) => m - n || a.localeCompare(b))
    .map(([key]) => key);
  const named = keys.length > MOST_SERIES ? keys.slice(0, MOST_SERIES - 1) : keys;
  const series = named.map((name) => ({ name, values: counts.map((one) => one.get(name) ?? 0) }));
  if (named.length === keys.length) return { times, series };
  const rest = buckets.map(({ count }, index) =>
    series.reduce((left, { values }) => left - (values[index] ?? 0), count),
  );
  return { times, series: [...series, { name: OTHERS, values: rest }] };
}

/** Return the range of what a bucket counts: only what lies in the page's range, and its end is not in it. */
export function rangeOfBucket({ timeMs, endMs }: ChartPoint, { fromMs, toMs }: Instants): Range {
  const first = Math.max(timeMs, fromMs ?? timeMs);
  return between(first, Math.max(first + 1, Math.min(endMs - 1, toMs ?? endMs)));
}
