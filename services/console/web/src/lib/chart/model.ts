/** What a chart shows, whatever draws it. */

import { formatDigits, formatExact, formatNumber, formatShare, formatShort } from "../numbers";
import { formatDuration } from "../time/zone";

export type Kind = "bars" | "lines" | "scatter";
/** A count is whole, a number any; a score lies between 0 and 1; a rate is so often in a minute. */
export type Unit = "count" | "number" | "duration" | "ratio" | "score" | "rate";

export interface Series {
  /** Its name in the legend, the table and the crosshair. */
  readonly name: string;
  /** One value for each of the chart's times; null where there is none, which is a gap and not zero. */
  readonly values: readonly (number | null)[];
  /** What went wrong has a look of its own, whatever its place. */
  readonly isError?: boolean;
}

export interface ChartData {
  readonly kind: Kind;
  /** Milliseconds since the epoch, ascending: the starts of buckets, or the instants of points. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly unit: Unit;
  /** The length of a bucket; absent for points. */
  readonly bucketMs?: number;
  /** Whether points are midnights of UTC, and so told as days. */
  readonly areDays?: boolean;
}

/** What lies at a place of a chart. */
export interface ChartPoint {
  readonly index: number;
  readonly timeMs: number;
  /** The end of the bucket, which is not in it; that of a point is its time. */
  readonly endMs: number;
  /** The place of its series; null when the place is a bucket's and of no series. */
  readonly series: number | null;
}

export const DAY_MS = 86_400_000;

const FULL: Readonly<Record<Unit, (value: number) => string>> = {
  count: formatNumber,
  number: formatExact,
  duration: formatDuration,
  ratio: formatShare,
  score: formatNumber,
  rate: (value) => `${Number(value.toPrecision(3))}/min`,
};

export function formatValue(value: number, unit: Unit): string {
  return FULL[unit](value);
}

/** Write a value beside an axis. */
export function formatAxisValue(value: number, unit: Unit): string {
  if (unit === "count") return formatShort(value);
  return unit === "number" ? formatDigits(value) : FULL[unit](value);
}

/** Return whether the buckets or points are days, which are UTC's whatever zone is chosen. */
export function isDaily({ bucketMs, areDays = false }: ChartData): boolean {
  return areDays || (bucketMs !== undefined && bucketMs >= DAY_MS);
}

export function pointAt(data: ChartData, index: number, series: number | null): ChartPoint {
  const timeMs = data.times[index] ?? 0;
  return { index, timeMs, endMs: timeMs + (data.bucketMs ?? 0), series };
}
