/** How many interactions there were over the time range of the page. */

import { type Get, type GetData, useGet } from "../api/queries";
import { type Countable, countable } from "../lib/chart/buckets";
import { toRfc3339 } from "../lib/time/zone";
import { useRange } from "./range";

const PATH = "/api/interactions/timeline";
const CATALOG = { action: "/api/actions", resourceType: "/api/resource-types", origin: "/api/origins" } as const;
/** The groups there may be where the catalog does not say. */
const MANY = 100;

interface Asked {
  readonly groupBy: keyof typeof CATALOG;
  readonly dateField?: "createdDate" | "eventTime";
  /** Count those with these mnemonics alone. */
  readonly filters?: Readonly<Record<string, string | undefined>>;
}

interface Timeline {
  readonly counts: Get<GetData<typeof PATH>>;
  readonly countable: Countable;
}

/** Read the counts of the range, as finely and by as many groups as one answer holds. */
export function useTimeline({ groupBy, dateField = "createdDate", filters }: Asked): Timeline {
  const { toMs, from, to, nowMs } = useRange();
  const groups = useGroups(groupBy);
  const oldest = useOldest(dateField, from === undefined);
  const beginning = from ?? oldest;
  const asked = countable(beginning === undefined ? nowMs : Date.parse(beginning), toMs ?? nowMs, groups ?? MANY);
  const query = {
    ...filters,
    dateField,
    granularity: asked.granularity.name,
    startDate: asked.isCut ? toRfc3339(asked.fromMs) : beginning,
    endDate: to,
    groupBy: asked.isGrouped ? groupBy : undefined,
  };
  const isKnown = beginning !== undefined && groups !== undefined;
  return { counts: useGet(PATH, { params: { query } }, { enabled: isKnown }), countable: asked };
}

/** Return how many groups there may be; undefined until the catalog says. */
function useGroups(groupBy: keyof typeof CATALOG): number | undefined {
  const items = useGet(CATALOG[groupBy], {});
  if (items.isError) return MANY;
  return Array.isArray(items.data) ? items.data.length : undefined;
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
