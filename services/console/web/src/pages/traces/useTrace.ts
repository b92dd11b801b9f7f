/** A trace's tree as the array that its tabs work on, built once for each answer. */

import { useQuery } from "@tanstack/react-query";
import type { Problem } from "../../api/problem";
import { type Get, get } from "../../api/queries";
import { buildTrace, type Trace } from "../../lib/tree/trace";

export function useTrace(uowId: string): Get<Trace> {
  return useQuery<Trace, Problem>({
    queryKey: ["trace", uowId],
    queryFn: async ({ signal }) =>
      buildTrace((await get("/api/traces/{uowId}/tree", { params: { path: { uowId } } }, signal)).nodes),
    // To compare two answers record by record takes longer than to draw the newer one.
    structuralSharing: false,
  });
}
