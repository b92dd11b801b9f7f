/** What the address of the list of traces says: its filters, as the API names them. */

import type { Values } from "../../../lib/address/fields";
import { flag, integer, text } from "../../../lib/address/fields";
import type { Address } from "../../../state/address";

const NO_BOUND = -1;

export const FIELDS = {
  origin: text(),
  action: text(),
  resourceType: text(),
  userId: text(),
  minDurationMs: integer(NO_BOUND, 0),
  maxDurationMs: integer(NO_BOUND, 0),
  error: flag(),
  page: integer(1),
};

export type ListValues = Values<typeof FIELDS>;
export type ChangeList = Address<typeof FIELDS>["change"];

export const NO_FILTERS: ListValues = {
  origin: "",
  action: "",
  resourceType: "",
  userId: "",
  minDurationMs: NO_BOUND,
  maxDurationMs: NO_BOUND,
  error: false,
  page: 1,
};

/** Return the filters that are set, as the API takes them. */
export function filtersOf({ page: _, ...filters }: ListValues): Partial<Omit<ListValues, "page">> {
  return Object.fromEntries(
    Object.entries(filters).filter(([name, value]) => value !== NO_FILTERS[name as keyof ListValues]),
  );
}

/** Return a bound of the duration as a field shows it, and back. */
export const bound = {
  shown: (value: number): number | "" => (value === NO_BOUND ? "" : value),
  read: (typed: number | string): number => (typeof typed === "number" ? Math.max(0, typed) : NO_BOUND),
};
