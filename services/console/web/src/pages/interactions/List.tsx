/** The list of interactions, and the record that is opened beside it. */

import { Stack } from "@mantine/core";
import { useMemo } from "react";
import { useGet } from "../../api/queries";
import { Beside } from "../../components/record/RecordPanel";
import { useOpened } from "../../components/record/useOpened";
import { Loaded } from "../../components/states/Loaded";
import { NothingFound } from "../../components/states/Nothing";
import { PagedTable } from "../../components/table/PagedTable";
import { recordInteraction } from "../../lib/commands";
import type { Change } from "../../state/address";
import { useRange } from "../../state/range";
import { columnsOf } from "./columns";
import { Filters } from "./Filters";
import { filtersOf, type ListChanges, type ListValues, NO_FILTERS } from "./fields";
import { OpenedInteraction } from "./OpenedInteraction";
import { Timeline } from "./Timeline";

interface ListProps {
  readonly values: ListValues;
  readonly change: (changes: ListChanges, how?: Change) => void;
}

const PAGE_SIZE = 50;

export function List({ values, change }: ListProps) {
  const { from, to } = useRange();
  const filters = filtersOf(values);
  const { page, dateField } = values;
  const opened = useOpened();
  const columns = useMemo(() => columnsOf(opened, dateField), [opened, dateField]);
  const list = useGet("/api/interactions", {
    params: { query: { ...filters, dateField, page, limit: PAGE_SIZE, startDate: from, endDate: to } },
  });
  return (
    <Stack gap="md">
      <Filters values={values} change={change} />
      <Timeline values={values} change={change} />
      <Beside record={opened.id === "" ? null : <OpenedInteraction opened={opened} />}>
        <Loaded query={list} what="the interactions" height={600}>
          {({ data, pagination }) =>
            pagination.total === 0 ? (
              <Nothing isFiltered={Object.keys(filters).length > 0} onClear={() => change(NO_FILTERS)} />
            ) : (
              <PagedTable
                caption="Interactions"
                columns={columns}
                rows={data}
                rowKey={(row) => row.interactionId}
                total={pagination.total}
                isCurrent={(row) => row.interactionId === opened.id}
                onPick={(row) => opened.open(row.interactionId)}
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

/** Tell a list that nothing fits from one that has nothing yet. */
function Nothing({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  const any = useGet("/api/interactions", { params: { query: { limit: 1 } } }, { enabled: !isFiltered });
  return (
    <NothingFound
      isFiltered={isFiltered}
      onClear={onClear}
      any={any}
      totalOf={({ pagination }) => pagination.total}
      what="the interactions"
      sentence="Interactions stand here once something records them: who did what to which resource."
      command={recordInteraction(window.location.origin)}
    />
  );
}
