/** What the address of the list of workflows says, by the API's own names. */

import { choice, integer, text, type Values } from "../../lib/address/fields";

export const FIELDS = {
  search: text(),
  active: choice("any", "true", "false"),
  page: integer(1),
  /** The dialog that is open. */
  open: choice("none", "new", "import"),
};

export type ListValues = Values<typeof FIELDS>;
export type ListChanges = Partial<ListValues>;

export const NO_FILTERS: ListChanges = { search: "", active: "any", page: 1 };

/** Return the filters that are set, as parameters of the API. */
export function filtersOf({ search, active }: ListValues): { search?: string; active?: boolean } {
  return { ...(search && { search }), ...(active !== "any" && { active: active === "true" }) };
}
