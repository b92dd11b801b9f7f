/** The results that ended in the range, the latest first, and the one that is opened beside them. */

import { Group, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import type { Schemas } from "../../../api/client";
import { LoadMore } from "../../../components/LoadMore";
import { Beside } from "../../../components/record/RecordPanel";
import { type Opened, useOpened } from "../../../components/record/useOpened";
import { Failed } from "../../../components/states/Failed";
import { Waiting } from "../../../components/states/Loaded";
import { NoMatch } from "../../../components/states/Nothing";
import { DataTable } from "../../../components/table/DataTable";
import { formatNumber } from "../../../lib/numbers";
import { useAddress } from "../../../state/address";
import { type CursorPages, useCursorPages } from "../../../state/cursorPages";
import { useRange } from "../../../state/range";
import { RESULT_FIELDS } from "../fields";
import { columnsOf } from "./columns";
import { Filters } from "./Filters";
import { OpenedResult } from "./OpenedResult";

type Result = Schemas["ResultOut"];

const PAGE_SIZE = 50;
const NO_FILTERS = { outcome: undefined, cause: undefined, category: undefined, key: "", version: 0 };

export function ResultsTab({ of }: { readonly of: Schemas["CriticalInteractionOut"] }) {
  const { from, to } = useRange();
  const { values, change } = useAddress(RESULT_FIELDS);
  const filters = { ...values, key: values.key || undefined, version: values.version || undefined };
  const isFiltered = Object.values(filters).some((one) => one !== undefined);
  const query = { ...filters, from, to, limit: PAGE_SIZE };
  const results = useCursorPages("/v1/interactions/{name}/results", {
    init: (cursor) => ({ params: { path: { name: of.name }, query: { ...query, cursor } } }),
    partOf: ({ data }) => ({ items: data.results, next: data.nextCursor }),
    key: [of.name, JSON.stringify(query)],
  });
  const opened = useOpened();
  return (
    <Stack gap="md">
      <Filters values={values} change={change} versions={of.version} />
      {results.problem !== null && <Failed what="the results" problem={results.problem} retry={results.retry} />}
      <Beside record={opened.id === "" ? null : <OpenedResult opened={opened} results={results} of={of} />}>
        {results.items === undefined ? (
          results.problem === null && <Waiting height={400} />
        ) : results.items.length === 0 ? (
          <NoMatch {...(isFiltered ? { onClear: () => change(NO_FILTERS) } : {})} />
        ) : (
          <div className={results.isOld ? "stale" : undefined} aria-busy={results.isOld}>
            <Rows results={results} items={results.items} opened={opened} steps={requiredSteps(of)} />
          </div>
        )}
      </Beside>
    </Stack>
  );
}

interface RowsProps {
  readonly results: CursorPages<Result>;
  readonly items: readonly Result[];
  readonly opened: Opened;
  readonly steps: number;
}

function Rows({ results, items, opened, steps }: RowsProps) {
  const columns = useMemo(() => columnsOf(opened, steps), [opened, steps]);
  return (
    <>
      <DataTable
        caption="Results"
        columns={columns}
        rows={items}
        rowKey={({ id }) => id}
        isCurrent={({ id }) => id === opened.id}
        onPick={({ id }) => opened.open(id)}
      />
      <Group justify="space-between" mt="xs">
        <Text size="sm" role="status">
          {formatNumber(items.length)} {items.length === 1 ? "result" : "results"}
          {results.hasMore && ", and more"}
        </Text>
        <LoadMore hasMore={results.hasMore} isReading={results.isReadingMore} onMore={results.readMore} />
      </Group>
    </>
  );
}

function requiredSteps({ events }: Schemas["CriticalInteractionOut"]): number {
  return events.filter(({ isBlacklisted }) => !isBlacklisted).length;
}
