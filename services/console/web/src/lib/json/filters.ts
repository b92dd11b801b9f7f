/** Conditions on what lies inside an interaction, as `jsonFilters` of the API has them. */

import type { Field } from "../address/fields";

export const OPERATORS = ["equals", "contains", "startsWith", "exists"] as const;
export type Operator = (typeof OPERATORS)[number];

export interface JsonFilter {
  /** Names of members, with dots between: `customer.country`. */
  readonly path: string;
  readonly operator: Operator;
  /** Any JSON value; text for `contains` and `startsWith`, whether it is there for `exists`. */
  readonly value: unknown;
}

/** A condition as it is typed; it may be unfinished. */
export interface Draft {
  readonly path: string;
  readonly operator: Operator;
  readonly value: string;
}

export const EMPTY_DRAFT: Draft = { path: "", operator: "equals", value: "" };

/** The field of an address that holds conditions as JSON. */
export function jsonFilters(): Field<readonly JsonFilter[]> {
  return {
    initial: [],
    read: parseJsonFilters,
    write: (filters) => (filters.length ? JSON.stringify(filters) : undefined),
    expected: 'a list like [{"path":"total","operator":"equals","value":1}]',
  };
}

/** Return the condition that a draft stands for; undefined while it is unfinished. */
export function filterOf({ path, operator, value }: Draft): JsonFilter | undefined {
  const isWhole = path.trim().split(".").every(Boolean) && (operator === "exists" || value !== "");
  return isWhole ? { path: path.trim(), operator, value: readTyped(operator, value) } : undefined;
}

/** Return the draft that stands for a condition. */
export function draftOf({ path, operator, value }: JsonFilter): Draft {
  return { path, operator, value: isReadAsItIs(operator, value) ? value : JSON.stringify(value) };
}

function parseJsonFilters(text: string): readonly JsonFilter[] | undefined {
  try {
    const items: unknown = JSON.parse(text);
    return Array.isArray(items) && items.every(isFilter) ? items.map(withValue) : undefined;
  } catch {
    return undefined;
  }
}

function isFilter(item: unknown): item is JsonFilter {
  if (typeof item !== "object" || item === null) return false;
  const { path, operator } = item as Partial<Record<string, unknown>>;
  return typeof path === "string" && path.split(".").every(Boolean) && OPERATORS.includes(operator as Operator);
}

function withValue({ path, operator, value }: JsonFilter): JsonFilter {
  return { path, operator, value: value ?? (operator === "exists" ? true : null) };
}

/** What is typed is JSON where it can be read so, else text. */
function readTyped(operator: Operator, typed: string): unknown {
  if (operator === "exists") return typed !== "false";
  if (operator !== "equals") return typed;
  try {
    return JSON.parse(typed);
  } catch {
    return typed;
  }
}

function isReadAsItIs(operator: Operator, value: unknown): value is string {
  return typeof value === "string" && value !== "" && readTyped(operator, value) === value;
}
