/** What the address of the page says, by the API's own names. */

import type { Schemas } from "../../api/client";
import { choice, integer, text, type Values } from "../../lib/address/fields";
import { jsonFilters } from "../../lib/json/filters";

export const FIELDS = {
  resourceType: text(),
  resourceId: text(),
  action: text(),
  userId: text(),
  uowId: text(),
  jsonFilters: jsonFilters(),
  dateField: choice("createdDate", "eventTime"),
  page: integer(1),
};

export type ActivityValues = Values<typeof FIELDS>;

export const TEXT_FILTERS = {
  resourceType: "Resource type",
  resourceId: "Resource id",
  action: "Action",
  userId: "User",
  uowId: "Unit of work",
} as const;

export const NO_FILTERS: Partial<ActivityValues> = {
  resourceType: "",
  resourceId: "",
  action: "",
  userId: "",
  uowId: "",
  jsonFilters: [],
  page: 1,
};

export const PAGE_SIZE = 50;
/** Any resource of a type. */
const ANY = "*";

/** Return what to ask the API; undefined while nothing is chosen that it can look for. */
export function questionOf(
  { resourceType, resourceId, action, userId, uowId, jsonFilters: filters, dateField, page }: ActivityValues,
  range: { readonly from: string | undefined; readonly to: string | undefined },
): Schemas["ActivityIn"] | undefined {
  if (!(resourceType || action || userId || uowId || filters.length)) return undefined;
  return {
    resources: resourceType ? [{ resourceType, resourceId: resourceId || ANY }] : [],
    action: action || null,
    userId: userId || null,
    uowId: uowId || null,
    jsonFilters: filters.length ? [...filters] : null,
    startDate: range.from ?? null,
    endDate: range.to ?? null,
    dateField,
    page,
    limit: PAGE_SIZE,
  };
}
