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
  /** Why they begin later than the range does: it has no beginning, or one too long ago; undefined when they do not. */
  readonly cut: "no beginning" | "too long" | undefined;
  /** Whether no round time lies in the range, and its end alone is asked for. */
  readonly isEndAlone: boolean;
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
  const cut = fromMs === null ? "no beginning" : begin < earliest ? "too long" : undefined;
  return { step, fromMs: Math.min(first, end), toMs: end, cut, isEndAlone: first > end };
}

/** Say of which instants the values of a chart are. */
export function instantsWords({ step, cut, isEndAlone }: Stepped): string {
  if (isEndAlone)
    return "The value at the end of the time range alone: there is one for each hour, and it has no full hour.";
  const words = `The value ${step.words}, of the window that ends there`;
  if (cut === "no beginning") return `${words}; the last year alone, since the time range has no beginning.`;
  return cut === "too long" ? `${words}; the last ${MOST_POINTS - 1} weeks alone.` : `${words}.`;
}
