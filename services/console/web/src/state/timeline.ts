/** How many interactions there were over the time range of the page. */

import { type Get, type GetData, useGet } from "../api/queries";
import { type Granularity, granularityOf } from "../lib/chart/buckets";
import { toRfc3339 } from "../lib/time/zone";
import { useRange } from "./range";

const PATH = "/api/interactions/timeline";

interface Asked {
  readonly groupBy: "action" | "resourceType" | "origin";
  readonly dateField?: "createdDate" | "eventTime";
  /** Count those with these mnemonics alone. */
  readonly filters?: Readonly<Record<string, string | undefined>>;
}

interface Timeline {
  readonly counts: Get<GetData<typeof PATH>>;
  readonly granularity: Granularity;
}

/** Read the counts of the range, in buckets that suit how long it is. */
export function useTimeline({ groupBy, dateField = "createdDate", filters }: Asked): Timeline {
  const { fromMs, toMs, from, to } = useRange();
  const oldest = useOldest(dateField, from === undefined);
  const beginMs = oldest === undefined ? fromMs : Date.parse(oldest);
  const granularity = granularityOf(beginMs, toMs ?? Date.now());
  const startDate = from ?? oldest;
  const query = { ...filters, groupBy, dateField, granularity: granularity.name, startDate, endDate: to };
  const counts = useGet(PATH, { params: { query } }, { enabled: startDate !== undefined });
  return { counts, granularity };
}

/** Where there is no interaction any beginning will do. */
const ANY = toRfc3339(Date.now());

/** Return the time of the oldest interaction, undefined until it is known: a timeline wants a beginning. */
function useOldest(dateField: "createdDate" | "eventTime", isAsked: boolean): string | undefined {
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
