/** The records that a value is made of, each as the way to its page. */

import { Group, Stack, Text, Title } from "@mantine/core";
import { type InfiniteData, useInfiniteQuery } from "@tanstack/react-query";
import type { Problem } from "../../../api/problem";
import { type GetData, get } from "../../../api/queries";
import { Fields } from "../../../components/Fields";
import { LoadMore } from "../../../components/LoadMore";
import { PageLink } from "../../../components/PageLink";
import { RecordPanel } from "../../../components/record/RecordPanel";
import { Failed } from "../../../components/states/Failed";
import { Waiting } from "../../../components/states/Loaded";
import { Time } from "../../../components/Time";
import { FUNCTIONS, groupWords, valueWords } from "../../../lib/metrics/words";
import { formatNumber } from "../../../lib/numbers";
import { EXPLAIN, type Metric } from "../api";
import { RecordTable } from "../RecordTable";
import type { Explained, Place } from "./useExplained";

type Page = GetData<typeof EXPLAIN>;

interface ExplanationProps {
  readonly of: Metric;
  readonly explained: Explained;
}

const PAGE_SIZE = 20;

export function Explanation({ of: metric, explained }: ExplanationProps) {
  const { place } = explained;
  return (
    <RecordPanel opened={explained} label="Explanation">
      {place !== null && <Explain key={explained.id} metric={metric} place={place} />}
    </RecordPanel>
  );
}

function Explain({ metric, place }: { readonly metric: Metric; readonly place: Place }) {
  const pages = usePages(metric.id, place);
  const [first] = pages.data?.pages ?? [];
  if (first === undefined) {
    if (!pages.isError) return <Waiting height={300} />;
    return <Failed what="the records of the value" problem={pages.error} retry={() => pages.refetch()} />;
  }
  const records = pages.data?.pages.flatMap((page) => page.records) ?? [];
  const group = groupWords(first.dimensions);
  return (
    <Stack gap="sm">
      <Title order={3} size="h4" className="break">
        {first.customerId}
        {group && `, ${group}`}: {valueWords(first.value)}
      </Title>
      <Text size="sm">
        The {FUNCTIONS[metric.aggregateFunction]} of {formatNumber(first.recordCount)}{" "}
        {first.recordCount === 1 ? "record" : "records"}.
      </Text>
      <Fields
        items={[
          ["From", first.from === null ? "the beginning" : <Time key="from" at={first.from} millis zoned />],
          ["To", <Time key="to" at={first.to} millis zoned />],
        ]}
      />
      {records.length > 0 && <RecordTable caption="Records of the value" records={records} />}
      {pages.isError && <Failed what="more records" problem={pages.error} retry={() => pages.fetchNextPage()} />}
      <Group justify="space-between">
        <PageLink
          to="/activity"
          search={{
            userId: first.customerId,
            from: first.from ?? "all",
            to: first.from === null ? undefined : first.to,
          }}
        >
          What {first.customerId} did in this time
        </PageLink>
        <LoadMore
          hasMore={pages.hasNextPage}
          isReading={pages.isFetchingNextPage}
          onMore={() => void pages.fetchNextPage()}
        />
      </Group>
    </Stack>
  );
}

function usePages(id: string, { customerId, dimensions, at }: Place) {
  const asked = { customerId, at: at || undefined, dimensions: dimensionsOf(dimensions), limit: PAGE_SIZE };
  return useInfiniteQuery<Page, Problem, InfiniteData<Page>, readonly unknown[], string | undefined>({
    queryKey: [EXPLAIN, id, asked],
    queryFn: ({ pageParam, signal }) =>
      get(EXPLAIN, { params: { path: { id }, query: { ...asked, cursor: pageParam } } }, signal),
    initialPageParam: undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
}

function dimensionsOf(dimensions: Place["dimensions"]): string | undefined {
  return Object.keys(dimensions).length ? JSON.stringify(dimensions) : undefined;
}
