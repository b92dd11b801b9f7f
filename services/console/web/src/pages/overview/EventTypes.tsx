/** The most frequent types of events, each a link to its list. */

import { Text } from "@mantine/core";
import { type GetData, useGet } from "../../api/queries";
import { PageLink } from "../../components/PageLink";
import { Section } from "../../components/Section";
import { Loaded } from "../../components/states/Loaded";
import { type Column, DataTable } from "../../components/table/DataTable";
import { formatNumber } from "../../lib/numbers";
import { useRange } from "../../state/range";

type Part = GetData<"/api/v1/events/aggregate">["byEventType"][number];

const MOST = 5;
const COLUMNS: readonly Column<Part>[] = [
  {
    head: "Event type",
    cell: ({ key }) => (
      <PageLink to="/events" search={{ event_type: key }} className="break">
        {key}
      </PageLink>
    ),
  },
  { head: "Events", align: "right", cell: ({ count }) => <span className="numbers">{formatNumber(count)}</span> },
];

export function EventTypes() {
  const { from, to } = useRange();
  const counts = useGet("/api/v1/events/aggregate", { params: { query: { from, to } } });
  return (
    <Section title="Events">
      <Loaded query={counts} what="what the events are made of" height={230}>
        {({ byEventType }) =>
          byEventType.length === 0 ? (
            <Text>No events in this time range.</Text>
          ) : (
            <DataTable
              caption="Most frequent event types"
              columns={COLUMNS}
              rows={byEventType.slice(0, MOST)}
              rowKey={({ key }) => key}
              total={byEventType.length}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
