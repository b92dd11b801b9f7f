/** Sessions of workflows, the newest first, read page by page. */

import { keepPreviousData, type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";
import type { Problem } from "../api/problem";
import { type GetData, get, keyOf } from "../api/queries";
import { isOpen, type SessionStatus } from "../lib/session/status";

const SESSIONS = "/api/v1/workflow-sessions";
const PAGE_SIZE = 50;
/** How often sessions are read again while one of them goes on. */
const AGAIN_MS = 5_000;

type Page = GetData<typeof SESSIONS>;
export type SessionRow = Page["data"][number];

export interface SessionsQuery {
  readonly workflow?: string;
  readonly status?: SessionStatus;
  readonly parent?: string;
  readonly from?: string;
  readonly to?: string;
}

export interface Sessions {
  readonly rows: readonly SessionRow[];
  /** The number of all that fit, read or not. */
  readonly total: number;
}

export type SessionPages = UseInfiniteQueryResult<Sessions, Problem>;

/** Read the sessions that fit; another `stage` reads them anew, the old ones shown meanwhile. */
export function useSessions(query: SessionsQuery, stage = ""): SessionPages {
  return useInfiniteQuery({
    queryKey: [...keyOf(SESSIONS), query, stage],
    queryFn: ({ pageParam, signal }) =>
      get(SESSIONS, { params: { query: { ...query, limit: PAGE_SIZE, cursor: pageParam } } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ pagination }) => pagination.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    select: ({ pages }) => ({
      rows: pages.flatMap(({ data }) => data),
      total: pages[0]?.pagination.total ?? 0,
    }),
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ data }) => data.some(({ status }) => isOpen(status))) ? AGAIN_MS : false,
  });
}
