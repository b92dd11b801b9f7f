/** What the address of the list says, by the API's own names. */

import { choice, integer, text, type Values } from "../../lib/address/fields";
import { jsonFilters } from "../../lib/json/filters";

export const FIELDS = {
  resourceType: text(),
  resourceId: text(),
  action: text(),
  origin: text(),
  userId: text(),
  uowId: text(),
  externalReference: text(),
  interactionId: text(),
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
  interactionId: "Id",
} as const;

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
