/** Summaries of traces as the list has them, and the way to each trace. */

import type { GetData } from "../../../api/queries";
import { paths } from "../../../lib/address/paths";
import { searchAround } from "../../../lib/time/range";

export type Summary = GetData<"/api/traces">["data"][number];

/** Return the path of a trace, with a range around its start. */
export function linkTo({ uowId, startedAt }: Summary): { to: string; search: ReturnType<typeof searchAround> } {
  return { to: paths.trace(uowId), search: searchAround(Date.parse(startedAt)) };
}
