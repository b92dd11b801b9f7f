/** The instants at which a metric's values are asked for, so that one answer holds them and a chart can show them. */

import { DAY_MS } from "../chart/model";
import type { Instants } from "../time/range";

export interface Step {
  /** As the API names it. */
  readonly name: "hour" | "6h" | "day" | "week";
  readonly words: string;
  readonly ms: number;
}

const HOUR_MS = 3_600_000;
const STEPS: readonly [Step, ...Step[]] = [
  { name: "hour", words: "every hour", ms: HOUR_MS },
  { name: "6h", words: "every 6 hours", ms: 6 * HOUR_MS },
  { name: "day", words: "every day", ms: DAY_MS },
  { name: "week", words: "every week", ms: 7 * DAY_MS },
];
const WEEK = STEPS[3] as Step;
/** The API answers with no more points than this. */
export const MOST_POINTS = 400;
const WITHOUT_BEGINNING_MS = 365 * DAY_MS;

export interface Stepped {
  readonly step: Step;
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether they begin later than the range does: it has no beginning, or one too long ago. */
  readonly isCut: boolean;
}

/**
 * Return the finest steps that a range takes, at round times of UTC: days at midnight, so that each value is that of
 * the days before. A range without a beginning shows its last year.
 */
export function instantsIn({ fromMs, toMs }: Instants, nowMs: number): Stepped {
  const end = toMs ?? nowMs;
  const begin = fromMs ?? end - WITHOUT_BEGINNING_MS;
  const step = STEPS.find(({ ms }) => (end - begin) / ms < MOST_POINTS) ?? WEEK;
  const earliest = end - (MOST_POINTS - 1) * step.ms;
  const first = Math.ceil(Math.max(begin, earliest) / step.ms) * step.ms;
  return { step, fromMs: Math.min(first, end), toMs: end, isCut: fromMs === null || begin < earliest };
}
