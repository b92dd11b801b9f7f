/** An alert rule as the API gives it, as far as these rules look at it. */

export const METRICS = [
  "apdex",
  "strictApdex",
  "errorRate",
  "abortRate",
  "poorRate",
  "p50",
  "p95",
  "p99",
  "throughputPerMinute",
  "completed",
  "errored",
  "aborted",
] as const;
export type Metric = (typeof METRICS)[number];
export type Operator = "GREATER_THAN" | "GREATER_THAN_EQUAL" | "LESS_THAN" | "LESS_THAN_EQUAL";
/** The gravest first. */
export const SEVERITIES = ["critical", "warning", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];
export type State = "NO_DATA" | "OK" | "PENDING" | "FIRING";
export type ShownState = State | "SNOOZED";

export interface Condition {
  readonly metric: Metric | "burnRate";
  readonly operator: Operator;
  readonly threshold: number;
  readonly windowMinutes: number;
  /** The short window of an objective's rule. */
  readonly shortMinutes: number | null;
  readonly forSeconds: number;
  readonly minEvents: number;
}
