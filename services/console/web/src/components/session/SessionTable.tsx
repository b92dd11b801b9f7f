/** A list of sessions that comes in pieces, each with how it went and the way to it. */

import { Group, Text } from "@mantine/core";
import { paths } from "../../lib/address/paths";
import { formatNumber } from "../../lib/numbers";
import type { SessionPages, SessionRow, Sessions } from "../../state/sessions";
import { LoadMore } from "../LoadMore";
import { PageLink } from "../PageLink";
import { Time } from "../Time";
import { type Column, DataTable } from "../table/DataTable";
import { Elapsed } from "./Elapsed";
import { StartedBy } from "./StartedBy";
import { Status } from "./Status";

interface SessionTableProps {
  readonly caption: string;
  readonly sessions: Sessions;
  readonly pages: SessionPages;
  /** Name the workflow in each row, where they are of several. */
  readonly hasWorkflows?: boolean;
}

export function SessionTable({ caption, sessions: { rows, total }, pages, hasWorkflows = false }: SessionTableProps) {
  return (
    <>
      <DataTable
        caption={caption}
        columns={hasWorkflows ? [SESSION, WORKFLOW, ...OTHERS] : [SESSION, ...OTHERS]}
        rows={rows}
        rowKey={(row) => row.sessionId}
        total={total}
      />
      <Group justify="space-between" mt="xs">
        <Text size="sm" role="status">
          {formatNumber(rows.length)} of {formatNumber(total)}
        </Text>
        <LoadMore
          hasMore={pages.hasNextPage}
          isReading={pages.isFetchingNextPage}
          onMore={() => void pages.fetchNextPage()}
        />
      </Group>
    </>
  );
}

const SESSION: Column<SessionRow> = {
  head: "Session",
  cell: ({ sessionId }) => (
    <PageLink to={paths.session(sessionId)} className="nowrap code">
      {sessionId}
    </PageLink>
  ),
};
const WORKFLOW: Column<SessionRow> = {
  head: "Workflow",
  cell: ({ workflow }) => <PageLink to={paths.workflow(workflow)}>{workflow}</PageLink>,
};
const OTHERS: readonly Column<SessionRow>[] = [
  { head: "Status", cell: (row) => <How row={row} /> },
  { head: "Started", isTime: true, cell: (row) => <Time at={row.startedAt} /> },
  { head: "Duration", align: "right", cell: (row) => <Elapsed {...row} /> },
  { head: "Version", align: "right", cell: (row) => row.version },
  { head: "Started by", cell: (row) => <StartedBy by={row.startedBy} /> },
];

/** The status of a session, with why where it failed. */
function How({ row: { status, error, round } }: { readonly row: SessionRow }) {
  return (
    <>
      <Status of={status} />
      {round > 1 && <span className="dimmed small"> round {round}</span>}
      {error !== null && (
        <div className="small break" title={error.message}>
          {error.code}
        </div>
      )}
    </>
  );
}
