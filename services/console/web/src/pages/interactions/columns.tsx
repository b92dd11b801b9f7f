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
import { UserLink } from "../../components/UserLink";
import { paths } from "../../lib/address/paths";
import { searchAround } from "../../lib/time/range";
import { shortened } from "../../lib/words";
import type { ListValues } from "./fields";

/** Return the columns, fewer where a record is open beside them. Links from a row bring the time around it. */
export function columnsOf(opened: Opened, dateField: ListValues["dateField"]): readonly Column<Interaction>[] {
  const columns = allColumns(opened, dateField);
  const kept = new Set(["Number", dateField === "eventTime" ? HAPPENED : ACCEPTED, "Action", "Resource", "Open"]);
  return opened.id === "" ? columns : columns.filter(({ head }) => kept.has(head));
}

const HAPPENED = "Happened";
const ACCEPTED = "Accepted";

function allColumns(opened: Opened, dateField: ListValues["dateField"]): readonly Column<Interaction>[] {
  return [
    {
      head: "Number",
      cell: (row) => (
        <PageLink to={paths.interaction(row.interactionId)} search={rangeOf(row)}>
          {row.interactionNumber}
        </PageLink>
      ),
    },
    {
      head: HAPPENED,
      isTime: true,
      isExtra: dateField !== "eventTime",
      cell: (row) => <Time at={happenedMs(row)} millis />,
    },
    {
      head: ACCEPTED,
      isTime: true,
      isExtra: dateField === "eventTime",
      cell: (row) => <Time at={row.createdDate} millis />,
    },
    { head: "Action", cell: (row) => <ActionBadge of={row} /> },
    {
      head: "Resource",
      cell: (row) => (
        <Group gap={6} wrap="nowrap">
          <ResourceTypeBadge of={row} />
          <PageLink
            to={paths.resource(row.resourceTypeMnemonic, row.resourceId)}
            search={{ from: "all" }}
            className="nowrap"
          >
            {row.resourceId}
          </PageLink>
        </Group>
      ),
    },
    { head: "Origin", cell: (row) => <OriginBadge of={row} /> },
    { head: "User", cell: (row) => row.userId !== null && <UserLink userId={row.userId} /> },
    {
      head: "Unit of work",
      cell: (row) => (
        <PageLink to={paths.trace(row.uowId)} search={rangeOf(row)} className="nowrap">
          {shortened(row.uowId)}
        </PageLink>
      ),
    },
    {
      head: "Open",
      cell: (row) => <OpenButton opened={opened} id={row.interactionId} name={String(row.interactionNumber)} />,
    },
  ];
}

function rangeOf(row: Interaction) {
  return searchAround(happenedMs(row));
}
