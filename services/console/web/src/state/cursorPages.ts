/** Lists that come page after page by a cursor, each page added to those before. */

import { useInfiniteQuery } from "@tanstack/react-query";
import type { Problem } from "../api/problem";
import { type GetData, type GetInit, type GetPath, get } from "../api/queries";

interface Part<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

interface CursorOptions<P extends GetPath, Item> {
  /** Return the parameters of the page that follows a cursor; of the first one without. */
  readonly init: (cursor: string | undefined) => GetInit<P>;
  readonly partOf: (data: GetData<P>) => Part<Item>;
  /** What is listed, and then how: of the same thing the old items stay until it is listed as it is asked for now. */
  readonly key: readonly string[];
  /** In how many milliseconds the list is read again that holds these items; false for not at all. */
  readonly again?: (items: readonly Item[]) => number | false;
}

export interface CursorPages<Item> {
  /** Undefined until the first page came. */
  readonly items: readonly Item[] | undefined;
  /** Whether they are those that were asked for before. */
  readonly isOld: boolean;
  readonly hasMore: boolean;
  readonly isReadingMore: boolean;
  readonly readMore: () => void;
  readonly problem: Problem | null;
  /** Read again what failed. */
  readonly retry: () => void;
}

export function useCursorPages<P extends GetPath, Item>(path: P, options: CursorOptions<P, Item>): CursorPages<Item> {
  const { init, partOf, key, again } = options;
  const itemsOf = (parts: readonly GetData<P>[]) => parts.flatMap((part) => partOf(part).items);
  const pages = useInfiniteQuery<GetData<P>, Problem, { pages: GetData<P>[] }, readonly string[], string | undefined>({
    queryKey: [path, ...key],
    queryFn: ({ pageParam, signal }) => get(path, init(pageParam), signal),
    initialPageParam: undefined,
    placeholderData: (before, asked) => (asked?.queryKey[1] === key[0] ? before : undefined),
    getNextPageParam: (last) => partOf(last).next ?? undefined,
    refetchInterval: ({ state }) => again?.(itemsOf(state.data?.pages ?? [])) ?? false,
  });
  return {
    items: pages.data && itemsOf(pages.data.pages),
    isOld: pages.isPlaceholderData,
    hasMore: pages.hasNextPage,
    isReadingMore: pages.isFetchingNextPage,
    readMore: () => void pages.fetchNextPage(),
    problem: pages.error,
    retry: () => void (pages.isFetchNextPageError ? pages.fetchNextPage() : pages.refetch()),
  };
}
