/** When the oldest interaction was: the API's timeline wants a beginning, which all time has not. */

import { toRfc3339 } from "../lib/time/zone";
import { useGet } from "./queries";

/** Where there is no interaction any beginning will do. */
const ANY = toRfc3339(Date.now());

/** Return the time of the oldest interaction; undefined until it is known, or while it is not asked for. */
export function useOldest(dateField: "createdDate" | "eventTime", isAsked: boolean): string | undefined {
  const total = useGet("/api/interactions", { params: { query: { limit: 1 } } }, { enabled: isAsked }).data?.pagination
    .total;
  const last = useGet(
    "/api/interactions",
    { params: { query: { dateField, limit: 1, page: total } } },
    { enabled: isAsked && total !== undefined && total > 0 },
  ).data?.data[0];
  if (!isAsked) return undefined;
  if (last === undefined) return total === 0 ? ANY : undefined;
  const at = dateField === "eventTime" ? last.interactionTimestamp : null;
  return toRfc3339(Date.parse(at ?? last.createdDate));
}
