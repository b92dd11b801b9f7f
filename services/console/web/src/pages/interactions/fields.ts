/** What the address of the list says, by the API's own names. */

import { choice, type Field, integer, text, type Values } from "../../lib/address/fields";
import { jsonFilters } from "../../lib/json/filters";

export const FIELDS = {
  resourceType: text(),
  resourceId: text(),
  action: text(),
  origin: text(),
  userId: text(),
  uowId: text(),
  externalReference: text(),
  interactionNumber: textLike(/^[1-9]\d{0,14}$/, "a whole number from 1"),
  interactionId: textLike(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i, "a UUID"),
  jsonFilters: jsonFilters(),
  dateField: choice("createdDate", "eventTime"),
  groupBy: choice("action", "resourceType", "origin"),
  page: integer(1),
  tab: choice("list", "gaps"),
};

export type ListValues = Values<typeof FIELDS>;
export type ListChanges = Partial<ListValues>;
export type TextFilter = keyof typeof TEXT_FILTERS;

export const TEXT_FILTERS = {
  resourceType: "Resource type",
  resourceId: "Resource id",
  action: "Action",
  origin: "Origin",
  userId: "User",
  uowId: "Unit of work",
  externalReference: "External reference",
  interactionNumber: "Number",
  interactionId: "Id",
} as const;

/** The filters that the counts of the timeline know. */
export const COUNTED_FILTERS = ["action", "resourceType", "origin"] as const;

export const NO_FILTERS: ListChanges = {
  ...(Object.fromEntries(Object.keys(TEXT_FILTERS).map((name) => [name, ""])) as Record<TextFilter, string>),
  jsonFilters: [],
  page: 1,
};

/** Return the filters that are set, as parameters of the API. */
export function filtersOf(values: ListValues): Readonly<Record<string, string>> {
  const texts = (Object.keys(TEXT_FILTERS) as TextFilter[]).map((name) => [name, values[name]] as const);
  const conditions = FIELDS.jsonFilters.write(values.jsonFilters) ?? "";
  return Object.fromEntries([...texts, ["jsonFilters", conditions] as const].filter(([, value]) => value !== ""));
}

/** Return what filters are called on the page. */
export function namesOf(filters: readonly string[]): readonly string[] {
  const names: Readonly<Record<string, string>> = { ...TEXT_FILTERS, jsonFilters: "JSON filters" };
  return filters.map((name) => names[name] ?? name);
}

function textLike(form: RegExp, expected: string): Field<string> {
  return { ...text(), read: (raw) => (form.test(raw) ? raw : undefined), expected };
}
