/** The columns of the list of workflows. */

import { Box, Group } from "@mantine/core";
import type { GetData } from "../../api/queries";
import { PageLink } from "../../components/PageLink";
import { Time } from "../../components/Time";
import type { Column } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { formatNumber } from "../../lib/numbers";
import { countsOf } from "../../lib/session/status";
import { RowActions } from "./RowActions";

export type Workflow = GetData<"/api/v1/workflows">["data"][number];

export const COLUMNS: readonly Column<Workflow>[] = [
  {
    head: "Name",
    cell: (one) => (
      // As wide as most names, also where all else has to be scrolled to.
      <Box miw={150}>
        <PageLink to={paths.workflow(one.name)} className="break">
          {one.name}
        </PageLink>
        {one.description !== null && <div className="dimmed small break">{one.description}</div>}
      </Box>
    ),
  },
  { head: "Active", cell: (one) => (one.active ? "active" : <span className="dimmed">not active</span>) },
  { head: "Version", cell: versionOf },
  { head: "Tasks", align: "right", cell: (one) => formatNumber(one.taskCount) },
  { head: "Sessions, last 24 h", cell: (one) => <Sessions of={one} /> },
  { head: "Use", cell: (one) => <RowActions of={one} /> },
  { head: "Modified", isTime: true, cell: (one) => <Time at={one.modifiedDate} /> },
];

/** Write the newest version, and the one that is run where it is another. */
function versionOf({ version, active, activeVersion }: Workflow): string {
  return active && activeVersion !== version ? `${version}, runs ${activeVersion}` : String(version);
}

/** How many sessions began lately, by status, each the way to them. */
function Sessions({ of: { name, sessions24h } }: { readonly of: Workflow }) {
  const counts = countsOf(sessions24h);
  if (counts.length === 0) return <span className="dimmed">none</span>;
  return (
    <Group gap="xs">
      {counts.map(([status, count]) => (
        <PageLink
          key={status}
          to={paths.workflow(name)}
          search={{ tab: "sessions", status, from: undefined, to: undefined }}
          className="nowrap"
        >
          {formatNumber(count)} {status}
        </PageLink>
      ))}
    </Group>
  );
}
