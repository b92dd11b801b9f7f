/** The newest traces with errors; each link brings the time around its trace. */

import { Text } from "@mantine/core";
import { type GetData, useGet } from "../../api/queries";
import { PageLink } from "../../components/PageLink";
import { Section } from "../../components/Section";
import { Loaded } from "../../components/states/Loaded";
import { Duration, Time } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { searchAround } from "../../lib/time/range";
import { shortened } from "../../lib/words";
import { useRange } from "../../state/range";

type Trace = GetData<"/api/traces">["data"][number];

const MOST = 5;
const COLUMNS: readonly Column<Trace>[] = [
  {
    head: "Trace",
    cell: ({ uowId, startedAt }) => (
      <PageLink to={paths.trace(uowId)} search={searchAround(Date.parse(startedAt))} className="nowrap">
        {shortened(uowId)}
      </PageLink>
    ),
  },
  { head: "Start", isTime: true, cell: ({ startedAt }) => <Time at={startedAt} /> },
  { head: "Duration", align: "right", cell: ({ durationMs }) => <Duration ms={durationMs} /> },
  { head: "Errors", align: "right", cell: ({ errorCount }) => errorCount },
  { head: "From", cell: ({ services, origins }) => [...services, ...origins].join(", ") },
];

export function FailingTraces() {
  const { from, to } = useRange();
  const traces = useGet("/api/traces", {
    params: { query: { error: true, limit: MOST, startDate: from, endDate: to } },
  });
  return (
    <Section title="Failing traces">
      <Loaded query={traces} what="the failing traces" height={230}>
        {({ data, pagination }) =>
          data.length === 0 ? (
            <Text>No trace with errors in this time range.</Text>
          ) : (
            <DataTable
              caption="Newest traces with errors"
              columns={COLUMNS}
              rows={data}
              rowKey={({ uowId }) => uowId}
              total={pagination.total}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
