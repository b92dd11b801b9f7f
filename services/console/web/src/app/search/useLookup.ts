import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Problem } from "../../api/problem";
import { type Found, lookUp } from "./lookups";

interface Lookup extends Found {
  readonly isAsking: boolean;
  /** Whether all were asked about this text, and all answered. */
  readonly isComplete: boolean;
}

/** Look a text up; what an earlier text found is shown until this one is answered. */
export function useLookup(text: string): Lookup {
  const wanted = text.trim();
  const query = useQuery<Found, Problem>({
    queryKey: ["search", wanted],
    queryFn: ({ signal }) => lookUp(wanted, signal),
    enabled: wanted !== "",
    placeholderData: keepPreviousData,
  });
  const { hits, failures } = (wanted !== "" && query.data) || { hits: [], failures: [] };
  const isSettled = !query.isFetching && !query.isPlaceholderData;
  return { hits, failures, isAsking: query.isFetching, isComplete: isSettled && failures.length === 0 };
}
