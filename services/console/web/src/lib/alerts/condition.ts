/** What an alert rule compares, in words. */

import { formatFigure } from "../health";
import { formatNumber } from "../numbers";
import { formatDuration } from "../time/zone";
import type { Condition, Metric, Operator } from "./rule";

export const METRIC_WORDS: Readonly<Record<Metric | "burnRate", string>> = {
  apdex: "Apdex",
  strictApdex: "strict Apdex",
  errorRate: "error rate",
  abortRate: "abort rate",
  poorRate: "share of poor results",
  p50: "p50",
  p95: "p95",
  p99: "p99",
  throughputPerMinute: "results per minute",
  completed: "completed results",
  errored: "errored results",
  aborted: "aborted results",
  burnRate: "burn rate",
};
export const OPERATOR_WORDS: Readonly<Record<Operator, string>> = {
  GREATER_THAN: "above",
  GREATER_THAN_EQUAL: "at least",
  LESS_THAN: "below",
  LESS_THAN_EQUAL: "at most",
};
const SIGNS: Readonly<Record<Operator, string>> = {
  GREATER_THAN: ">",
  GREATER_THAN_EQUAL: "≥",
  LESS_THAN: "<",
  LESS_THAN_EQUAL: "≤",
};
/** The metrics that are divided by the number of some results, and have no data with too few of them. */
const DIVIDED_BY: Readonly<Partial<Record<Metric | "burnRate", string>>> = {
  apdex: "completed results",
  strictApdex: "completed and errored results",
  errorRate: "completed and errored results",
  abortRate: "results",
  poorRate: "completed results",
  p50: "completed results",
  p95: "completed results",
  p99: "completed results",
  burnRate: "completed and errored results in the long window",
};

const exactShare = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 4 });
const exact = new Intl.NumberFormat("en", { maximumFractionDigits: 6 });

/** Write a threshold in full, so that it reads as it was set: `2.25%`, `1.5 s`. */
export function formatThreshold({ metric, threshold }: Pick<Condition, "metric" | "threshold">): string {
  if (metric === "burnRate") return `${exact.format(threshold)} ×`;
  if (/Rate$/.test(metric)) return exactShare.format(threshold);
  if (metric === "throughputPerMinute") return `${exact.format(threshold)} per minute`;
  return /^p\d\d$/.test(metric) ? formatDuration(threshold) : exact.format(threshold);
}

/** Write a figure of a rule; one that rounds to the threshold without being it is written in full. */
export function formatValue({ metric, threshold }: Pick<Condition, "metric" | "threshold">, value: number): string {
  const short = metric === "burnRate" ? `${formatNumber(value)} ×` : formatFigure(metric, value);
  const isRounded = value !== threshold && short === formatThreshold({ metric, threshold });
  return isRounded ? formatThreshold({ metric, threshold: value }) : short;
}

interface Evaluated extends Pick<Condition, "metric" | "operator" | "threshold"> {
  readonly value: number | null;
}

/** Write the last figure against the threshold: `12.5% (> 5%)`. */
export function againstThreshold(rule: Evaluated): string {
  const now = rule.value === null ? "no data" : formatValue(rule, rule.value);
  return `${now} (${SIGNS[rule.operator]} ${formatThreshold(rule)})`;
}

/** Write what is compared, and the last figure against the threshold: `error rate 12.5% (> 5%)`. */
export function standingOf(rule: Evaluated): string {
  return `${METRIC_WORDS[rule.metric]} ${againstThreshold(rule)}`;
}

/** Write when a rule fires, as a sentence, and when it has no data, as another. */
export function conditionInWords(condition: Condition): string {
  return [`Fires when ${situationOf(condition)}${persistenceOf(condition)}.`, noDataOf(condition)]
    .filter(Boolean)
    .join(" ");
}

function situationOf({ metric, operator, threshold, windowMinutes, shortMinutes }: Condition): string {
  const long = `the last ${minutesInWords(windowMinutes)}`;
  if (metric === "burnRate") {
    const windows = shortMinutes === null ? long : `${long} and the last ${minutesInWords(shortMinutes)}`;
    return `the error budget burns more than ${exact.format(threshold)} times as fast as the objective allows, over ${windows}`;
  }
  const limit = `${OPERATOR_WORDS[operator]} ${formatThreshold({ metric, threshold })}`;
  return `the ${METRIC_WORDS[metric]} of ${long} ${isMany(metric) ? "are" : "is"} ${limit}`;
}

function persistenceOf({ metric, forSeconds }: Condition): string {
  if (forSeconds === 0) return "";
  return `, and ${isMany(metric) ? "have" : "has"} been for ${formatDuration(forSeconds * 1_000)}`;
}

/** Return whether the words of a metric name many. */
function isMany(metric: Metric | "burnRate"): boolean {
  return DIVIDED_BY[metric] === undefined;
}

function noDataOf({ metric, minEvents }: Condition): string {
  const results = DIVIDED_BY[metric];
  if (results === undefined) return "";
  return minEvents <= 1
    ? `Without ${results} it has no data.`
    : `With fewer than ${formatNumber(minEvents)} ${results} it has no data.`;
}

export function minutesInWords(minutes: number): string {
  return formatDuration(minutes * 60_000);
}
