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

/** Return the finest granularity that keeps the bars of a range wide enough. */
export function granularityOf(fromMs: number, toMs: number): Granularity {
  return GRANULARITIES.find(({ ms }) => (toMs - fromMs) / ms <= MOST_BUCKETS) ?? { name: "day", ms: DAY_MS };
}

/** The API answers with no more counts than this: buckets times groups. */
export const MOST_COUNTS = 10_000;

export interface Countable {
  readonly granularity: Granularity;
  readonly fromMs: number;
  /** Whether counting begins later than asked for, since even whole days are too many. */
  readonly isCut: boolean;
  /** Whether each bucket can be counted group by group. */
  readonly isGrouped: boolean;
}

/** Return how a range can be counted in one answer, when a bucket has so many groups at most. */
export function countable(fromMs: number, toMs: number, groups: number): Countable {
  const granularity = granularityOf(fromMs, toMs);
  // A range cuts one bucket more than its length has.
  const earliestMs = toMs - (MOST_COUNTS - 1) * granularity.ms;
  const buckets = Math.ceil((toMs - fromMs) / granularity.ms) + 1;
  return {
    granularity,
    fromMs: Math.max(fromMs, earliestMs),
    isCut: fromMs < earliestMs,
    isGrouped: buckets * groups <= MOST_COUNTS,
  };
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
