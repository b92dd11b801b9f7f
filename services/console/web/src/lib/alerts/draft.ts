/** The fields of an alert rule as its form has them, and as the API takes them. */

import type { Condition, Metric, Operator, Severity } from "./rule";

/** A number, or what is typed in its place. */
export type Typed = number | string;

export interface Draft {
  readonly name: string;
  readonly interactionName: string;
  readonly metric: Metric;
  readonly operator: Operator;
  readonly threshold: Typed;
  readonly windowMinutes: Typed;
  readonly forSeconds: Typed;
  readonly minEvents: Typed;
  readonly severity: Severity;
  readonly notifyNoData: boolean;
  readonly enabled: boolean;
  readonly webhookIds: readonly string[];
}

/** What is given with a new rule, but its name and its threshold. */
export function newDraft(interactionName: string): Draft {
  return {
    name: "",
    interactionName,
    metric: "errorRate",
    operator: "GREATER_THAN",
    threshold: "",
    windowMinutes: 5,
    forSeconds: 0,
    minEvents: 1,
    severity: "warning",
    notifyNoData: false,
    enabled: true,
    webhookIds: [],
  };
}

type Faults = { readonly [Name in keyof Draft]?: string | undefined };

const SHARES: readonly Metric[] = ["apdex", "strictApdex", "errorRate", "abortRate", "poorRate"];

/** Return what is wrong before the API is asked: what is no number, or none that its field can have. */
export function faultsOf(draft: Draft): Faults {
  return {
    name: draft.name.trim() === "" ? "A name is expected" : undefined,
    interactionName: draft.interactionName === "" ? "A critical interaction is expected" : undefined,
    threshold: thresholdFault(draft),
    windowMinutes: wholeFault(draft.windowMinutes, 1, 1_440),
    forSeconds: wholeFault(draft.forSeconds, 0, 86_400),
    minEvents: wholeFault(draft.minEvents, 0, Number.MAX_SAFE_INTEGER),
  };
}

function thresholdFault({ metric, threshold }: Draft): string | undefined {
  if (typeof threshold !== "number") return "A number is expected";
  if (SHARES.includes(metric) && threshold > 1) return "A number from 0 to 1 is expected";
  return threshold < 0 ? "A number from 0 on is expected" : undefined;
}

function wholeFault(value: Typed, least: number, most: number): string | undefined {
  const isWhole = typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
  if (isWhole) return undefined;
  return `A whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`} is expected`;
}

/** Return the condition that a draft makes; undefined while a number of it is missing or wrong. */
export function conditionOf(draft: Draft): Condition | undefined {
  const { threshold, windowMinutes, forSeconds, minEvents } = faultsOf(draft);
  if (threshold ?? windowMinutes ?? forSeconds ?? minEvents) return undefined;
  return {
    metric: draft.metric,
    operator: draft.operator,
    threshold: Number(draft.threshold),
    windowMinutes: Number(draft.windowMinutes),
    shortMinutes: null,
    forSeconds: Number(draft.forSeconds),
    minEvents: Number(draft.minEvents),
  };
}

/** Return what the API takes of a draft without faults. */
export function bodyOf(draft: Draft) {
  return {
    name: draft.name.trim(),
    interactionName: draft.interactionName,
    metric: draft.metric,
    operator: draft.operator,
    threshold: Number(draft.threshold),
    windowMinutes: Number(draft.windowMinutes),
    forSeconds: Number(draft.forSeconds),
    minEvents: Number(draft.minEvents),
    severity: draft.severity,
    notifyNoData: draft.notifyNoData,
    enabled: draft.enabled,
    webhookIds: [...draft.webhookIds],
  };
}

/** Say in which unit a metric's threshold is. */
export function unitOf(metric: Metric): string {
  if (metric === "apdex" || metric === "strictApdex") return "A score from 0 to 1";
  if (SHARES.includes(metric)) return "From 0 to 1: 0.05 is 5%";
  if (/^p\d\d$/.test(metric)) return "In milliseconds";
  return metric === "throughputPerMinute" ? "Per minute" : "In the whole window";
}
