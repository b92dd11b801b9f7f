/** The columns of the list of interactions. */

import { Group } from "@mantine/core";
import { PageLink } from "../../components/PageLink";
import {
  ActionBadge,
  type Interaction,
  OriginBadge,
  ResourceTypeBadge,
} from "../../components/record/InteractionBadges";
import { happenedMs } from "../../components/record/InteractionRecord";
import { OpenButton } from "../../components/record/OpenButton";
import type { Opened } from "../../components/record/useOpened";
import { Time } from "../../components/Time";
import type { Column } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { around, formatRange } from "../../lib/time/range";

/** Return the columns; the range of links from a row surrounds what happened there. */
export function columnsOf(opened: Opened): readonly Column<Interaction>[] {
  return [
    {
      head: "Number",
      cell: (row) => (
        <PageLink to={paths.interaction(row.interactionId)} search={rangeOf(row)}>
          {row.interactionNumber}
        </PageLink>
      ),
    },
    { head: "Happened", isTime: true, cell: (row) => <Time at={happenedMs(row)} millis /> },
    { head: "Accepted", isTime: true, cell: (row) => <Time at={row.createdDate} millis /> },
    { head: "Action", cell: (row) => <ActionBadge of={row} /> },
    {
      head: "Resource",
      cell: (row) => (
        <Group gap={6} wrap="nowrap">
          <ResourceTypeBadge of={row} />
          <PageLink to={paths.resource(row.resourceTypeMnemonic, row.resourceId)} search={{ from: "all" }}>
            {row.resourceId}
          </PageLink>
        </Group>
      ),
    },
    { head: "Origin", cell: (row) => <OriginBadge of={row} /> },
    { head: "User", cell: (row) => row.userId ?? "" },
    {
      head: "Unit of work",
      cell: (row) => (
        <PageLink to={paths.trace(row.uowId)} search={rangeOf(row)} className="nowrap">
          {shortened(row.uowId)}
        </PageLink>
      ),
    },
    {
      head: "Record",
      cell: (row) => (
        <OpenButton opened={opened} id={row.interactionId} name={`interaction ${row.interactionNumber}`} />
      ),
    },
  ];
}

function rangeOf(row: Interaction) {
  return formatRange(around(happenedMs(row)));
}

const LONGEST = 14;

/** Keep the beginning of a long id, which tells it from others well enough in a row. */
function shortened(id: string): string {
  return id.length > LONGEST ? `${id.slice(0, LONGEST - 1)}…` : id;
}
