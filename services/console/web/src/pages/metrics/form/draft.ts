/** A metric as it is typed, by the API's names, and the body that it stands for. */

import { faultOf, readText } from "../../../api/bodyText";
import type { Schemas } from "../../../api/client";
import { conditionsOf, faultsOf, filterOf, type Group, type Json, NO_FILTER } from "../../../lib/metrics/conditions";
import type { AggregateFunction } from "../../../lib/metrics/words";
import type { Metric } from "../api";

/** A filter, either in the builder or as JSON. */
export interface FilterDraft {
  readonly isJson: boolean;
  readonly filter: Group;
  readonly text: string;
}

export interface Draft {
  readonly name: string;
  readonly description: string;
  readonly aggregateFunction: AggregateFunction;
  readonly sourceField: string;
  /** A whole number; empty for all time. */
  readonly windowDays: string;
  readonly computeMode: Metric["computeMode"];
  readonly batchIntervalMin: string;
  readonly groupByDimensions: readonly string[];
  readonly filterConditions: FilterDraft;
  readonly sqlFilter: string;
}

export type Errors = { readonly [Name in keyof Draft]?: string | undefined };

export const NEW: Draft = {
  name: "",
  description: "",
  aggregateFunction: "count",
  sourceField: "",
  windowDays: "30",
  computeMode: "batch",
  batchIntervalMin: "60",
  groupByDimensions: [],
  filterConditions: { isJson: false, filter: NO_FILTER, text: "" },
  sqlFilter: "",
};

export function draftOf(metric: Metric): Draft {
  const { windowDays, batchIntervalMin, description, filterConditions, sqlFilter } = metric;
  return {
    name: metric.name,
    description: description ?? "",
    aggregateFunction: metric.aggregateFunction,
    sourceField: metric.sourceField,
    windowDays: windowDays === null ? "" : String(windowDays),
    computeMode: metric.computeMode,
    batchIntervalMin: String(batchIntervalMin),
    groupByDimensions: metric.groupByDimensions,
    filterConditions: filterDraftOf(filterConditions),
    sqlFilter: sqlFilter ?? "",
  };
}

/** Return a filter for the builder; as JSON where the builder cannot show it. */
export function filterDraftOf(conditions: unknown): FilterDraft {
  const filter = filterOf(conditions);
  const text = conditions === null ? "" : JSON.stringify(conditions, null, 2);
  return { isJson: filter === undefined, filter: filter ?? NO_FILTER, text };
}

/** Return the conditions of a filter that is whole; null for none. */
export function writtenOf({ isJson, filter, text }: FilterDraft): Json | null {
  if (!isJson) return conditionsOf(filter).conditions;
  return text.trim() === "" ? null : (readText(text) as Json | null);
}

/** Return what is wrong without asking the API. */
export function faultsOfDraft(draft: Draft): Errors {
  const { filterConditions: filter, windowDays, batchIntervalMin, computeMode } = draft;
  const isJson = filter.isJson && filter.text.trim() !== "";
  return {
    windowDays: windowDays === "" ? undefined : faultOfWhole(windowDays),
    batchIntervalMin: computeMode === "batch" ? faultOfWhole(batchIntervalMin) : undefined,
    filterConditions: isJson ? faultOf(filter.text) : !filter.isJson ? faultsOf(filter.filter)[0]?.[1] : undefined,
  };
}

export function bodyOf(draft: Draft): Schemas["MetricIn"] {
  const { name, description, aggregateFunction, sourceField, computeMode, groupByDimensions, sqlFilter } = draft;
  return {
    name: name.trim(),
    description: description.trim() || null,
    aggregateFunction,
    sourceField: sourceField.trim(),
    windowDays: draft.windowDays === "" ? null : Number(draft.windowDays),
    computeMode,
    ...(computeMode === "batch" ? { batchIntervalMin: Number(draft.batchIntervalMin) } : {}),
    groupByDimensions: [...groupByDimensions],
    filterConditions: writtenOf(draft.filterConditions),
    sqlFilter: sqlFilter.trim() === "" ? null : sqlFilter,
  };
}

function faultOfWhole(text: string): string | undefined {
  return /^\d{1,9}$/.test(text.trim()) ? undefined : "A whole number is expected";
}
