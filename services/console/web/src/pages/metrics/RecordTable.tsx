/** Records in the window of a value: when each happened, its number, and whether it counts. */

import type { Schemas } from "../../api/client";
import { PageLink } from "../../components/PageLink";
import { Time } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { valueWords } from "../../lib/metrics/words";
import { searchAround } from "../../lib/time/range";
import { shortened } from "../../lib/words";

type FedRecord = Schemas["RecordOut"];

const COLUMNS: readonly Column<FedRecord>[] = [
  {
    head: "Record",
    cell: ({ kind, id, eventTime }) => (
      <PageLink
        to={kind === "event" ? paths.event(id) : paths.interaction(id)}
        search={searchAround(Date.parse(eventTime))}
        title={id}
        className="nowrap"
      >
        {kind} {shortened(id)}
      </PageLink>
    ),
  },
  { head: "Number", align: "right", cell: ({ number }) => <span className="numbers">{valueWords(number)}</span> },
  { head: "Happened", isTime: true, cell: ({ eventTime }) => <Time at={eventTime} millis /> },
  { head: "Counts", cell: ({ counted }) => (counted ? "yes" : "no: not a number") },
];

interface RecordTableProps {
  readonly caption: string;
  readonly records: readonly FedRecord[];
}

export function RecordTable({ caption, records }: RecordTableProps) {
  return <DataTable caption={caption} columns={COLUMNS} rows={records} rowKey={({ id }) => id} />;
}
