/** The list of traces: summaries alone, each a link to its trace. */

import { Checkbox, NumberInput, SimpleGrid } from "@mantine/core";
import { type GetData, useGet } from "../../api/queries";
import { Filter } from "../../components/Filter";
import { Page } from "../../components/Page";
import { PageLink } from "../../components/PageLink";
import { Loaded } from "../../components/states/Loaded";
import { NoMatch } from "../../components/states/Nothing";
import { Duration, Time } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { Paging } from "../../components/table/Paging";
import { flag, integer, text } from "../../lib/address/fields";
import { paths } from "../../lib/address/paths";
import { around, formatRange } from "../../lib/time/range";
import { useAddress } from "../../state/address";
import { useRange } from "../../state/range";

export type Summary = GetData<"/api/traces">["data"][number];

const UNBOUNDED = -1;
const FIELDS = {
  origin: text(),
  action: text(),
  resourceType: text(),
  userId: text(),
  minDurationMs: integer(UNBOUNDED, 0),
  maxDurationMs: integer(UNBOUNDED, 0),
  error: flag(),
  page: integer(1),
};
const TEXTS = { origin: "Origin", action: "Action", resourceType: "Resource type", userId: "User" } as const;
const DURATIONS = { minDurationMs: "At least", maxDurationMs: "At most" } as const;
const NO_FILTERS = {
  origin: "",
  action: "",
  resourceType: "",
  userId: "",
  minDurationMs: UNBOUNDED,
  maxDurationMs: UNBOUNDED,
  error: false,
  page: 1,
};
const PAGE_SIZE = 50;

const COLUMNS: readonly Column<Summary>[] = [
  {
    head: "Trace",
    cell: (row) => (
      <PageLink to={paths.trace(row.uowId)} search={formatRange(around(Date.parse(row.startedAt)))} className="break">
        {row.uowId}
      </PageLink>
    ),
  },
  { head: "Start", isTime: true, cell: (row) => <Time at={row.startedAt} millis /> },
  { head: "Duration", align: "right", cell: (row) => <Duration ms={row.durationMs} /> },
  { head: "Records", align: "right", cell: (row) => row.totalInteractions + row.totalEvents },
  { head: "Errors", align: "right", cell: (row) => row.errorCount || "" },
  { head: "Actions", cell: (row) => row.uniqueActions.join(", ") },
  { head: "Resource types", cell: (row) => row.resourceTypes.join(", ") },
  { head: "Origins", cell: (row) => [...row.origins, ...row.services].join(", ") },
];

export default function TracesPage() {
  const { from, to } = useRange();
  const { values, change } = useAddress(FIELDS);
  const { page, ...filters } = values;
  const set = Object.fromEntries(
    Object.entries(filters).filter(([, value]) => value !== "" && value !== UNBOUNDED && value !== false),
  );
  const list = useGet("/api/traces", {
    params: { query: { ...set, page, limit: PAGE_SIZE, startDate: from, endDate: to } },
  });
  return (
    <Page title="Traces">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4, xl: 7 }}>
        {Object.entries(TEXTS).map(([name, label]) => (
          <Filter
            key={name}
            label={label}
            value={filters[name as keyof typeof TEXTS]}
            onType={(value) => change({ [name]: value, page: 1 }, "typing")}
          />
        ))}
        {Object.entries(DURATIONS).map(([name, label]) => (
          <NumberInput
            key={name}
            label={`${label} (ms)`}
            size="sm"
            min={0}
            allowDecimal={false}
            value={filters[name as keyof typeof DURATIONS] === UNBOUNDED ? "" : filters[name as keyof typeof DURATIONS]}
            onChange={(value) => change({ [name]: typeof value === "number" ? value : UNBOUNDED, page: 1 }, "typing")}
          />
        ))}
        <Checkbox
          label="Only with errors"
          checked={filters.error}
          onChange={(event) => change({ error: event.currentTarget.checked, page: 1 })}
          style={{ alignSelf: "end" }}
          pb={8}
        />
      </SimpleGrid>
      <Loaded query={list} what="the traces" height={600}>
        {({ data, pagination }) =>
          pagination.total === 0 ? (
            <NoMatch onClear={Object.keys(set).length ? () => change(NO_FILTERS) : undefined} />
          ) : (
            <>
              <DataTable
                caption="Traces"
                columns={COLUMNS}
                rows={data}
                rowKey={(row) => row.uowId}
                total={pagination.total}
                before={(page - 1) * PAGE_SIZE}
              />
              <Paging
                page={page}
                pageSize={PAGE_SIZE}
                shown={data.length}
                total={pagination.total}
                onPage={(next) => change({ page: next })}
              />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
