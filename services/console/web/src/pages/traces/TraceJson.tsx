/** The records of a trace as they were recorded, page after page. */

import { Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Problem } from "../../api/problem";
import { type GetData, get } from "../../api/queries";
import { Json } from "../../components/Json";
import { LoadMore } from "../../components/LoadMore";
import { Failed } from "../../components/states/Failed";
import { Waiting } from "../../components/states/Loaded";
import { formatNumber } from "../../lib/numbers";

type TracePart = GetData<"/api/traces/{uowId}">;

const PAGE_SIZE = 100;

export function TraceJson({ uowId }: { readonly uowId: string }) {
  const pages = useInfiniteQuery<TracePart, Problem, { pages: TracePart[] }, readonly string[], string | undefined>({
    queryKey: ["trace records", uowId],
    queryFn: ({ pageParam, signal }) =>
      get(
        "/api/traces/{uowId}",
        { params: { path: { uowId }, query: { limit: PAGE_SIZE, cursor: pageParam } } },
        signal,
      ),
    initialPageParam: undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });
  const failed = pages.isError && (
    <Failed
      what="the records"
      problem={pages.error}
      retry={() => (pages.isFetchNextPageError ? pages.fetchNextPage() : pages.refetch())}
    />
  );
  if (pages.data === undefined) return failed || <Waiting height={600} />;
  const parts = pages.data.pages;
  const interactions = parts.flatMap((part) => part.interactions);
  const events = parts.flatMap((part) => part.events);
  const total = parts[0]?.total ?? 0;
  return (
    <Stack gap="sm" align="stretch">
      <Text size="sm" role="status">
        {formatNumber(interactions.length + events.length)} of {formatNumber(total)} records
      </Text>
      <Json value={{ uowId, interactions, events }} />
      {failed}
      <LoadMore
        hasMore={pages.hasNextPage}
        isReading={pages.isFetchingNextPage}
        onMore={() => void pages.fetchNextPage()}
      />
    </Stack>
  );
}
