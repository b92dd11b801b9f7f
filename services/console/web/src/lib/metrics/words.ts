/** Metrics, their conditions and what rules say of a customer, in words. */

import { formatExact } from "../numbers";

export type AggregateFunction = "count" | "sum" | "avg" | "min" | "max";
export type Comparison = "eq" | "neq" | "gt" | "gte" | "lt" | "lte";
export type Scalar = string | number | boolean | null;
export type Dimensions = Readonly<Record<string, Scalar>>;

export const FUNCTIONS: Readonly<Record<AggregateFunction, string>> = {
  count: "count",
  sum: "sum",
  avg: "average",
  min: "least",
  max: "greatest",
};

export const COMPARISONS: Readonly<Record<Comparison, string>> = {
  eq: "=",
  neq: "≠",
  gt: ">",
  gte: "≥",
  lt: "<",
  lte: "≤",
};

interface Computed {
  readonly aggregateFunction: AggregateFunction;
  readonly sourceField: string;
  readonly windowDays: number | null;
  readonly groupByDimensions: readonly string[];
}

/** Write how far back a value reaches: `7 days`. */
export function windowWords(days: number | null): string {
  if (days === null) return "all time";
  return days === 1 ? "1 day" : `${days} days`;
}

/** Say what a metric's values are: `Sum of total in 7 days, by currency`. */
export function metricWords(metric: Computed): string {
  const { aggregateFunction, sourceField, windowDays, groupByDimensions } = metric;
  const name = FUNCTIONS[aggregateFunction];
  const by = groupByDimensions.length ? `, by ${groupByDimensions.join(" and ")}` : "";
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} of ${sourceField} in ${windowWords(windowDays)}${by}`;
}

/** Write a value with all of its digits: `1,234.5`; that of nothing, where there is none, as a dash. */
export function valueWords(value: number | null): string {
  return value === null ? "–" : formatExact(value);
}

/** Write a dimension's value; a text that could be taken for another value stands in quotes. */
export function dimensionWords(value: Scalar | undefined): string {
  if (value === null || value === undefined) return "none";
  if (typeof value !== "string") return String(value);
  const isTakenForAnother = readDimension(value) !== value;
  return isTakenForAnother ? JSON.stringify(value) : value;
}

/** Read a dimension's value as it is written; what is neither a number, `true`, `false` nor none is a text. */
export function readDimension(words: string): Scalar {
  if (words === "" || words === "none") return null;
  try {
    const value: unknown = JSON.parse(words);
    return typeof value === "object" ? (value === null ? null : words) : (value as Scalar);
  } catch {
    return words;
  }
}

/** Write a group: `currency EUR, origin WEBAPP`; empty for the one of a metric without dimensions. */
export function groupWords(dimensions: Dimensions): string {
  return Object.entries(dimensions)
    .map(([name, value]) => `${name} ${dimensionWords(value)}`)
    .join(", ");
}

interface Condition {
  readonly operator: Comparison;
  readonly value: number;
  readonly dimensions: Dimensions | null;
}

interface Named {
  readonly name: string;
  readonly windowDays: number | null;
}

/** Write the condition of a rule: `Purchases in 30 days ≥ 5`; of a metric that is not known, `a deleted metric ≥ 5`. */
export function conditionWords({ operator, value, dimensions }: Condition, metric: Named | undefined): string {
  const name = metric === undefined ? "a deleted metric" : `${metric.name} in ${windowWords(metric.windowDays)}`;
  const group = groupWords(dimensions ?? {});
  return `${name}${group && ` for ${group}`} ${COMPARISONS[operator]} ${valueWords(value)}`;
}

export type Reason = "no_records" | "metric_deleted" | "not_current" | "dimensions_changed";

/** Why it is not known whether a condition holds. */
export const REASONS: Readonly<Record<Reason, string>> = {
  no_records: "the customer has no record in the window",
  metric_deleted: "the metric is deleted",
  not_current: "the metric's values are not complete yet",
  dimensions_changed: "the metric has other dimensions by now",
};
