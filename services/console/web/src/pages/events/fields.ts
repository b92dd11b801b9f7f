/** What the address of the list says, by the API's own names. */

import { choice, integer, text, type Values } from "../../lib/address/fields";

export const FIELDS = {
  event_type: text(),
  resource_type: text(),
  resource_id: text(),
  actor_id: text(),
  correlation_id: text(),
  page: integer(1),
  tab: choice("list", "actors"),
};

export type ListValues = Values<typeof FIELDS>;
export type ListChanges = Partial<ListValues>;
export type TextFilter = keyof typeof TEXT_FILTERS;

export const TEXT_FILTERS = {
  event_type: "Event type",
  resource_type: "Resource type",
  resource_id: "Resource id",
  actor_id: "Actor",
  correlation_id: "Unit of work",
} as const;
export const FILTER_NAMES = Object.keys(TEXT_FILTERS) as readonly TextFilter[];

export const NO_FILTERS: ListChanges = {
  ...(Object.fromEntries(FILTER_NAMES.map((name) => [name, ""])) as Record<TextFilter, string>),
  page: 1,
};

/** Return the filters that are set, as parameters of the API. */
export function filtersOf(values: ListValues): Partial<Record<TextFilter, string>> {
  return Object.fromEntries(FILTER_NAMES.map((name) => [name, values[name]]).filter(([, value]) => value !== ""));
}
