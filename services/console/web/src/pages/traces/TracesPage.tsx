/** The list of traces: how long each took, and its summary; records are read on a trace's own page. */

import { useMemo } from "react";
import { useGet } from "../../api/queries";
import { Page } from "../../components/Page";
import { PageLink } from "../../components/PageLink";
import { Loaded } from "../../components/states/Loaded";
import { NothingFound } from "../../components/states/Nothing";
import { Duration, Time } from "../../components/Time";
import type { Column } from "../../components/table/DataTable";
import { PagedTable } from "../../components/table/PagedTable";
import { recordInteraction } from "../../lib/commands";
import { formatNumber } from "../../lib/numbers";
import { useAddress } from "../../state/address";
import { useRange } from "../../state/range";
import { Filters } from "./list/Filters";
import { FIELDS, filtersOf, NO_FILTERS } from "./list/fields";
import { Scatter } from "./list/Scatter";
import { linkTo, type Summary } from "./list/summaries";

const PAGE_SIZE = 50;

const COLUMNS: readonly Column<Summary>[] = [
  { head: "Trace", cell: (row) => <PageLink {...linkTo(row)}>{row.uowId}</PageLink> },
  { head: "Start", isTime: true, cell: (row) => <Time at={row.startedAt} millis /> },
  { head: "Duration", align: "right", cell: (row) => <Duration ms={row.durationMs} /> },
  { head: "Records", align: "right", cell: (row) => formatNumber(row.totalInteractions + row.totalEvents) },
  { head: "Errors", align: "right", cell: (row) => (row.errorCount ? formatNumber(row.errorCount) : "") },
  { head: "Actions", cell: (row) => row.uniqueActions.join(", ") },
  { head: "Resource types", cell: (row) => row.resourceTypes.join(", ") },
  { head: "Origins, services", cell: (row) => [...row.origins, ...row.services].join(", ") },
];

export default function TracesPage() {
  const { from, to } = useRange();
  const { values, change } = useAddress(FIELDS);
  const { page } = values;
  const query = useMemo(() => ({ ...filtersOf(values), startDate: from, endDate: to }), [values, from, to]);
  const list = useGet("/api/traces", { params: { query: { ...query, page, limit: PAGE_SIZE } } });
  return (
    <Page title="Traces">
      <Filters values={values} change={change} />
      <Scatter query={query} />
      <Loaded query={list} what="the traces" height={600}>
        {({ data, pagination }) =>
          pagination.total === 0 ? (
            <Nothing isFiltered={Object.keys(filtersOf(values)).length > 0} onClear={() => change(NO_FILTERS)} />
          ) : (
            <PagedTable
              caption="Traces"
              columns={COLUMNS}
              rows={data}
              rowKey={(row) => row.uowId}
              total={pagination.total}
              page={page}
              pageSize={PAGE_SIZE}
              onPage={(next) => change({ page: next })}
            />
          )
        }
      </Loaded>
    </Page>
  );
}

/** Tell a list that nothing fits from one that has nothing yet. */
function Nothing({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  const any = useGet("/api/traces", { params: { query: { limit: 1 } } }, { enabled: !isFiltered });
  return (
    <NothingFound
      isFiltered={isFiltered}
      onClear={onClear}
      any={any}
      totalOf={({ pagination }) => pagination.total}
      what="the traces"
      sentence="Traces stand here once something records interactions, events or spans of a unit of work."
      command={recordInteraction(window.location.origin)}
    />
  );
}
