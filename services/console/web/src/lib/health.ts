/** The figures of critical interactions and objectives in words. */

import { formatNumber, formatRate, formatShare } from "./numbers";
import { formatDuration } from "./time/zone";

const MINUTE_MS = 60_000;

/** The ratings of the Apdex specification, by the least score of each. */
const RATINGS: readonly (readonly [number, string])[] = [
  [0.94, "excellent"],
  [0.85, "good"],
  [0.7, "fair"],
  [0.5, "poor"],
];

/** Return the rating that the Apdex specification gives a score. */
export function apdexRating(score: number): string {
  return RATINGS.find(([least]) => score >= least)?.[1] ?? "unacceptable";
}

/** Write a figure by its name in the API: error rates as shares, percentiles as durations. */
export function formatFigure(name: string, value: number): string {
  if (/Rate$/.test(name) && name !== "burnRate") return formatShare(value);
  if (name === "throughputPerMinute") return formatRate(value, MINUTE_MS);
  return /^p\d\d$/.test(name) ? formatDuration(value) : formatNumber(value);
}

interface Status {
  readonly burnRules: readonly { readonly state: string }[];
}

/** Return whether a rule of an objective fires: its budget goes too fast. One that is snoozed burns all the same. */
export function isBurning({ burnRules }: Status): boolean {
  return burnRules.some(({ state }) => state === "FIRING" || state === "SNOOZED");
}
