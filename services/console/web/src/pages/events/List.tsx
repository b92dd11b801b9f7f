/** The list of events, what the range is made of above it, and the record that is opened beside it. */

import { Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { type GetData, useGet } from "../../api/queries";
import { TextFilters } from "../../components/filters/TextFilters";
import { Beside } from "../../components/record/RecordPanel";
import { useOpened } from "../../components/record/useOpened";
import { Loaded } from "../../components/states/Loaded";
import { NothingFound } from "../../components/states/Nothing";
import { PagedTable } from "../../components/table/PagedTable";
import { recordEvent } from "../../lib/commands";
import type { Change } from "../../state/address";
import { useRange } from "../../state/range";
import { Breakdowns } from "./Breakdowns";
import { columnsOf } from "./columns";
import { filtersOf, type ListChanges, type ListValues, NO_FILTERS, TEXT_FILTERS } from "./fields";
import { OpenedEvent } from "./OpenedEvent";

interface ListProps {
  readonly values: ListValues;
  readonly change: (changes: ListChanges, how?: Change) => void;
}

const PAGE_SIZE = 50;

export function List({ values, change }: ListProps) {
  const { from, to } = useRange();
  const filters = filtersOf(values);
  const { page } = values;
  const opened = useOpened();
  const columns = useMemo(() => columnsOf(opened), [opened]);
  const counts = useGet("/api/v1/events/aggregate", { params: { query: { from, to } } });
  const list = useGet("/api/v1/events", {
    params: { query: { ...filters, from, to, limit: PAGE_SIZE, offset: (page - 1) * PAGE_SIZE } },
  });
  return (
    <Stack gap="md">
      <TextFilters
        labels={TEXT_FILTERS}
        values={values}
        suggestions={suggestionsOf(counts.data)}
        errorOf={(name) => (list.error?.about(name) === undefined ? undefined : "Refused: see below")}
        columns={{ base: 2, md: 5 }}
        onType={(name, value) => change({ [name]: value, page: 1 }, "typing")}
      />
      <Loaded query={counts} what="what the events are made of" height={230}>
        {(found) => (
          <Stack gap="xs">
            {Object.keys(filters).length > 0 && (
              <Text size="sm" className="dimmed">
                These are all events of the time range; the filters bound the list below alone.
              </Text>
            )}
            <Breakdowns of={found} values={values} change={change} />
          </Stack>
        )}
      </Loaded>
      <Beside record={opened.id === "" ? null : <OpenedEvent opened={opened} />}>
        <Loaded query={list} what="the events" height={600}>
          {({ events, total }) =>
            total === 0 ? (
              <Nothing isFiltered={Object.keys(filters).length > 0} onClear={() => change(NO_FILTERS)} />
            ) : (
              <PagedTable
                caption="Events"
                columns={columns}
                rows={events}
                rowKey={(row) => row.id}
                total={total}
                isCurrent={(row) => row.id === opened.id}
                onPick={(row) => opened.open(row.id)}
                page={page}
                pageSize={PAGE_SIZE}
                onPage={(next) => change({ page: next })}
              />
            )
          }
        </Loaded>
      </Beside>
    </Stack>
  );
}

/** The most words that a field proposes. */
const MOST_SUGGESTIONS = 200;

function suggestionsOf(counts: GetData<"/api/v1/events/aggregate"> | undefined) {
  const keysOf = (counted: readonly { readonly key: string }[] = []) =>
    counted.slice(0, MOST_SUGGESTIONS).map(({ key }) => key);
  return {
    event_type: keysOf(counts?.byEventType),
    resource_type: keysOf(counts?.byResourceType),
    resource_id: [],
    actor_id: [],
    correlation_id: [],
  };
}

/** Tell a list that nothing fits from one that has nothing yet. */
function Nothing({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  const any = useGet("/api/v1/events", { params: { query: { limit: 1 } } }, { enabled: !isFiltered });
  return (
    <NothingFound
      isFiltered={isFiltered}
      onClear={onClear}
      any={any}
      totalOf={({ total }) => total}
      what="the events"
      sentence="Events stand here once something posts them: facts that other programs may follow."
      command={recordEvent(window.location.origin)}
    />
  );
}
