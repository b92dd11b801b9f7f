/** Reads both histories of a resource, and makes one of them. */

import { type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Problem } from "../../api/problem";
import { get } from "../../api/queries";
import { type Merged, mergeByTime, type Part } from "../../lib/history/merge";
import { type Entry, ofEvents, ofInteractions } from "./entries";

export interface History extends Merged<Entry, Entry> {
  /** The number of all entries; null until both histories said theirs. */
  readonly total: number | null;
  readonly failures: readonly { readonly what: string; readonly problem: Problem; readonly retry: () => void }[];
  readonly isWaiting: boolean;
  readonly isReadingMore: boolean;
  readonly readMore: () => void;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly total: number;
  readonly next: string | undefined;
}

const PAGE_SIZE = 50;

export function useHistory(resourceType: string, resourceId: string): History {
  const interactions = usePages(["resource interactions", resourceType, resourceId], async (cursor, signal) => {
    const query = { resourceType, resourceId, dateField: "eventTime" as const, limit: PAGE_SIZE, cursor };
    const { data, pagination } = await get("/api/interactions", { params: { query } }, signal);
    return { items: data, total: pagination.total, next: pagination.nextCursor ?? undefined };
  });
  const events = usePages(["resource events", resourceType, resourceId], async (cursor, signal) => {
    const path = { resource_type: resourceType, resource_id: resourceId };
    const query = { limit: PAGE_SIZE, cursor };
    const read = await get(
      "/api/v1/events/resource/{resource_type}/{resource_id}",
      { params: { path, query } },
      signal,
    );
    return { items: read.events, total: read.total, next: read.nextCursor ?? undefined };
  });
  const merged = useMemo(
    () =>
      mergeByTime<Entry, Entry>(ofInteractions(partOf(interactions)), ofEvents(partOf(events)), (entry) => entry.atMs),
    [interactions, events],
  );
  // That a resource of this type or id can have no events is told by 422.
  const hasNoEvents = events.error?.status === 422;
  const totals = [totalOf(interactions), hasNoEvents ? 0 : totalOf(events)];
  return {
    ...merged,
    total: totals.reduce<number | null>((sum, one) => (sum === null || one === null ? null : sum + one), 0),
    failures: [
      ...failureOf(interactions, "the interactions of this resource"),
      ...(hasNoEvents ? [] : failureOf(events, "the events of this resource")),
    ],
    isWaiting: interactions.isPending || events.isPending,
    isReadingMore: interactions.isFetchingNextPage || events.isFetchingNextPage,
    readMore: () => {
      if (merged.needs[0]) interactions.fetchNextPage();
      if (merged.needs[1]) events.fetchNextPage();
    },
  };
}

type Pages<Item> = UseInfiniteQueryResult<{ pages: Page<Item>[] }, Problem>;

function usePages<Item>(
  key: readonly string[],
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>,
): Pages<Item> {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
  });
}

function partOf<Item>(pages: Pages<Item>): Part<Item> {
  return { items: pages.data?.pages.flatMap((page) => page.items) ?? [], hasMore: pages.hasNextPage };
}

function totalOf<Item>(pages: Pages<Item>): number | null {
  return pages.data?.pages[0]?.total ?? null;
}

function failureOf<Item>(pages: Pages<Item>, what: string): History["failures"] {
  return pages.error === null ? [] : [{ what, problem: pages.error, retry: () => pages.refetch() }];
}
