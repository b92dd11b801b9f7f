/**
 * The range that health is asked for. The API takes the last hour where no beginning is named, and refuses more than
 * 10,000 buckets, so that a range without bounds is given some here.
 */

import type { Instants, Range } from "../time/range";
import { between } from "../time/range";

export interface Granularity {
  /** As the API names it. */
  readonly name: "minute" | "15 minutes" | "hour" | "6 hours" | "day";
  readonly ms: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY: Granularity = { name: "day", ms: DAY_MS };
const GRANULARITIES: readonly Granularity[] = [
  { name: "minute", ms: MINUTE_MS },
  { name: "15 minutes", ms: 15 * MINUTE_MS },
  { name: "hour", ms: 60 * MINUTE_MS },
  { name: "6 hours", ms: 360 * MINUTE_MS },
  DAY,
];

/** How much one answer is to hold. */
export interface Extent {
  /** The most buckets, unless days are still more. */
  readonly buckets: number;
  /** The longest range, in days; what is longer loses its beginning. */
  readonly days: number;
}

/** For a row of a list, where many are asked at once. */
export const OF_ROW: Extent = { buckets: 60, days: 366 };
/** For the page of one: more bars are too thin to be hit, and more days than this are refused. */
export const OF_PAGE: Extent = { buckets: 120, days: 9_990 };
/** Group by group: there are at most 100 values with the rest and those without one, and 10,000 buckets of all. */
export const OF_GROUPS: Extent = { buckets: 94, days: 94 };

export interface HealthRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly granularity: Granularity;
  /** Whether it begins later than was asked for. */
  readonly isCut: boolean;
}

/** Return the range that is asked for instead of one that may have no bounds, and the length of its buckets. */
export function healthRange({ fromMs, toMs }: Instants, nowMs: number, { buckets, days }: Extent): HealthRange {
  const endMs = toMs ?? nowMs;
  const earliestMs = endMs - days * DAY_MS;
  const beginMs = Math.max(fromMs ?? earliestMs, earliestMs);
  const granularity = GRANULARITIES.find(({ ms }) => (endMs - beginMs) / ms <= buckets) ?? DAY;
  return { fromMs: beginMs, toMs: endMs, granularity, isCut: fromMs === null || fromMs < earliestMs };
}

/** Return the part of a bucket that lies in the range of an answer: what its figures count. */
export function rangeInside(bucket: { timeMs: number; endMs: number }, answer: { from: number; to: number }): Range {
  return between(Math.max(bucket.timeMs, answer.from), Math.min(bucket.endMs, answer.to));
}

interface Counted {
  readonly total: number;
}

/** Leave out the buckets before the first that counts anything, all but the last where none does. */
export function withoutEmptyBeginning<B extends Counted>(series: readonly B[]): readonly B[] {
  const first = series.findIndex(({ total }) => total > 0);
  return series.slice(first < 0 ? -1 : first);
}
