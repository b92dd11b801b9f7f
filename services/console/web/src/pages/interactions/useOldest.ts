/** When the oldest interaction was: the API's timeline wants a beginning, which all time has not. */

import { useGet } from "../../api/queries";
import { happenedMs } from "../../components/record/InteractionRecord";
import { toRfc3339 } from "../../lib/time/zone";
import type { ListValues } from "./fields";

/** Return the time of the oldest interaction; undefined until it is known, or while it is not asked for. */
export function useOldest(dateField: ListValues["dateField"], isAsked: boolean): string | undefined {
  const total = useGet("/api/interactions", { params: { query: { limit: 1 } } }, { enabled: isAsked }).data?.pagination
    .total;
  const last = useGet(
    "/api/interactions",
    { params: { query: { dateField, limit: 1, page: total } } },
    { enabled: isAsked && total !== undefined && total > 0 },
  ).data?.data[0];
  if (!isAsked || last === undefined) return undefined;
  return dateField === "eventTime" ? toRfc3339(happenedMs(last)) : last.createdDate;
}
