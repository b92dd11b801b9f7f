/** What results of critical interactions are asked by, and the ways on from them. */

import { between, formatRange } from "../time/range";

export const OUTCOMES = ["completed", "errored", "aborted"] as const;
export const ERROR_CAUSES = ["timeout", "sequence_violation"] as const;
export const ABORT_CAUSES = ["global", "forbidden", "stopped", "deleted"] as const;
export const CATEGORIES = ["Excellent", "Good", "Average", "Poor"] as const;

export type Outcome = (typeof OUTCOMES)[number];
export type Cause = (typeof ERROR_CAUSES)[number] | (typeof ABORT_CAUSES)[number];
export type Category = (typeof CATEGORIES)[number];

/** The causes in words. */
export const CAUSE_WORDS: Readonly<Record<Cause, string>> = {
  timeout: "timeout",
  sequence_violation: "wrong order",
  global: "forbidden anywhere",
  forbidden: "forbidden at its step",
  stopped: "stopped",
  deleted: "deleted",
};

/** Some results of one, as the address of its tab has them. */
export interface ResultFilter {
  readonly outcome?: Outcome;
  readonly cause?: Cause;
  readonly category?: Category;
  readonly version?: string;
}

interface Step {
  readonly recordId: string;
  readonly uowId: string | null;
}

interface Result {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly steps: readonly Step[];
}

const MARGIN_MS = 150_000;

/** Return what the address of a trace says so that it marks a result's steps, with the time around the result. */
export function traceSearch({ startedAt, endedAt, steps }: Result, uowId: string) {
  const mark = steps.filter((step) => step.uowId === uowId).map(({ recordId }) => recordId);
  return { mark: [...new Set(mark)], ...formatRange(between(startedAt - MARGIN_MS, endedAt + MARGIN_MS)) };
}
