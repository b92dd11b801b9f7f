/** A rule as it is typed, by the API's names, and the body that it stands for. */

import type { Schemas } from "../../../api/client";
import { type Comparison, type Dimensions, dimensionWords, readDimension } from "../../../lib/metrics/words";
import type { Rule } from "./kinds";

export interface Condition {
  readonly metricId: string;
  readonly operator: Comparison;
  readonly value: string;
  /** The words of each dimension's value; null for the value over all of them. */
  readonly dimensions: Readonly<Record<string, string>> | null;
}

export interface RuleDraft {
  readonly name: string;
  readonly description: string;
  readonly config: Condition;
  readonly priority: string;
  readonly status: Rule["status"];
}

export function draftOf(rule: Rule | null): RuleDraft {
  if (rule === null) {
    const config = { metricId: "", operator: "gte", value: "", dimensions: null } as const;
    return { name: "", description: "", config, priority: "50", status: "draft" };
  }
  const { metricId, operator, value, dimensions } = rule.config;
  return {
    name: rule.name,
    description: rule.description ?? "",
    config: { metricId, operator, value: String(value), dimensions: wordsOf(dimensions) },
    priority: String(rule.priority),
    status: rule.status,
  };
}

/** Return what is wrong at each place without asking the API. */
export function faultsOf({ config, priority }: RuleDraft) {
  return {
    "config.metricId": config.metricId === "" ? "A metric is expected" : undefined,
    "config.value": isNumber(config.value) ? undefined : "A number is expected",
    priority: /^\d{1,3}$/.test(priority.trim()) ? undefined : "A whole number from 0 to 100 is expected",
  };
}

export function bodyOf({ name, description, config, priority, status }: RuleDraft): Schemas["RuleIn"] {
  const { metricId, operator, value, dimensions } = config;
  return {
    name: name.trim(),
    description: description.trim() || null,
    ruleType: "metric_condition",
    config: { metricId, operator, value: Number(value), dimensions: dimensions && valuesOf(dimensions) },
    priority: Number(priority),
    status,
  };
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

function wordsOf(dimensions: Dimensions | null): Condition["dimensions"] {
  if (dimensions === null) return null;
  return Object.fromEntries(Object.entries(dimensions).map(([name, value]) => [name, dimensionWords(value)]));
}

function valuesOf(words: Readonly<Record<string, string>>): Record<string, string | number | boolean | null> {
  return Object.fromEntries(Object.entries(words).map(([name, value]) => [name, readDimension(value)]));
}
