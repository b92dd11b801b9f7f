/** The health of critical interactions over the time range of the page, within the bounds that one answer has. */

import { useMemo } from "react";
import { type Get, type GetData, type GetInit, useGet } from "../api/queries";
import { type Extent, type HealthRange, healthRange, OF_GROUPS, OF_ROW } from "../lib/critical/range";
import { toRfc3339 } from "../lib/time/zone";
import { useRange } from "./range";

const PATH = "/v1/interactions/{name}/health";

export type Health = GetData<typeof PATH>["data"];
export type Figures = Health["total"];

export interface HealthRead {
  readonly health: Get<GetData<typeof PATH>>;
  /** What was asked for. */
  readonly asked: HealthRange;
}

/** Read the health of one; where several places of a page ask for the same, it is asked once. */
export function useHealth(name: string, extent: Extent): HealthRead {
  const { fromMs, toMs, nowMs } = useRange();
  const asked = useMemo(() => healthRange({ fromMs, toMs }, nowMs, extent), [fromMs, toMs, nowMs, extent]);
  return { health: useGet(PATH, initOf(name, asked)), asked };
}

/** Return whether a list's figures begin later than the page's range. */
export function useIsListCut(): boolean {
  const { fromMs, toMs, nowMs } = useRange();
  return healthRange({ fromMs, toMs }, nowMs, OF_ROW).isCut;
}

/** Return the parameters of a read of health. */
function initOf(name: string, { fromMs, toMs, granularity }: HealthRange, groupBy?: string): GetInit<typeof PATH> {
  const query = { from: toRfc3339(fromMs), to: toRfc3339(toMs), granularity: granularity.name, groupBy };
  return { params: { path: { name }, query } };
}

/** Read the health of one group by group, from the first result of the range on; held back until that is known. */
export function useGroupedHealth(name: string, groupBy: string | undefined, whole: HealthRead): HealthRead {
  const { fromMs, toMs, nowMs } = useRange();
  const { data, isPlaceholderData } = whole.health;
  const firstMs = data?.data.series.find(({ total }) => total > 0)?.start;
  const asked = useMemo(() => {
    const beginMs = Math.max(fromMs ?? Number.NEGATIVE_INFINITY, firstMs ?? Number.NEGATIVE_INFINITY);
    return healthRange({ fromMs: Number.isFinite(beginMs) ? beginMs : null, toMs }, nowMs, OF_GROUPS);
  }, [fromMs, toMs, nowMs, firstMs]);
  const enabled = groupBy !== undefined && firstMs !== undefined && !isPlaceholderData;
  return { health: useGet(PATH, initOf(name, asked, groupBy), { enabled }), asked };
}
