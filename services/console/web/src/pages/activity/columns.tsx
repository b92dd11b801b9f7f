/** The columns of the list: one row is what a user did in a unit of work. */

import type { Schemas } from "../../api/client";
import { PageLink } from "../../components/PageLink";
import { Duration, Time } from "../../components/Time";
import type { Column } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { formatNumber } from "../../lib/numbers";
import { searchAround } from "../../lib/time/range";
import { shortened } from "../../lib/words";

type Activity = Schemas["ActivityGroupOut"];

/** So many resources of a row are named; how many more there are is said. */
const NAMED = 4;

export const COLUMNS: readonly Column<Activity>[] = [
  { head: "Unit of work", cell: (row) => <TraceLink row={row} /> },
  { head: "User", cell: (row) => <span className="nowrap">{row.userId}</span> },
  { head: "Latest", isTime: true, cell: (row) => <Time at={row.lastInteraction} /> },
  { head: "First", isTime: true, cell: (row) => <Time at={row.firstInteraction} /> },
  {
    head: "Took",
    align: "right",
    cell: (row) => <Duration ms={Date.parse(row.lastInteraction) - Date.parse(row.firstInteraction)} />,
  },
  { head: "Interactions", align: "right", cell: (row) => formatNumber(row.interactionCount) },
  { head: "Actions", cell: (row) => row.actions.join(", ") },
  { head: "Resources", cell: (row) => <Resources row={row} /> },
];

function TraceLink({ row }: { readonly row: Activity }) {
  const search = searchAround(Date.parse(row.firstInteraction));
  return (
    <PageLink to={paths.trace(row.uowId)} search={search} className="nowrap">
      {shortened(row.uowId)}
    </PageLink>
  );
}

function Resources({ row }: { readonly row: Activity }) {
  const named = row.resources.slice(0, NAMED);
  const more = row.resourceCount - named.length;
  return (
    <ul className="plain-list">
      {named.map(({ resourceType, resourceId }) => (
        <li key={`${resourceType} ${resourceId}`}>
          <PageLink to={paths.resource(resourceType, resourceId)} search={{ from: "all" }} className="nowrap">
            {resourceType} {resourceId}
          </PageLink>
        </li>
      ))}
      {more > 0 && <li className="dimmed">and {formatNumber(more)} more</li>}
    </ul>
  );
}
