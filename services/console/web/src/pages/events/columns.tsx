/** The columns of the list of events. */

import { Group } from "@mantine/core";
import { PageLink } from "../../components/PageLink";
import { type Event, rangeOf } from "../../components/record/EventRecord";
import { OpenButton } from "../../components/record/OpenButton";
import type { Opened } from "../../components/record/useOpened";
import { Time } from "../../components/Time";
import type { Column } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { shortened, shortenedResource } from "../../lib/words";

const BESIDE = new Set(["Event", "Occurred", "Resource", "Open"]);

/** Return the columns, fewer where a record is open beside them. Links from a row bring the time around it. */
export function columnsOf(opened: Opened): readonly Column<Event>[] {
  const columns = allColumns(opened);
  return opened.id === "" ? columns : columns.filter(({ head }) => BESIDE.has(head));
}

function allColumns(opened: Opened): readonly Column<Event>[] {
  return [
    {
      head: "Event",
      cell: (row) => (
        <PageLink to={paths.event(row.id)} search={rangeOf(row)} className="break">
          {row.eventType}
        </PageLink>
      ),
    },
    { head: "Occurred", isTime: true, cell: (row) => <Time at={row.occurredAt} millis /> },
    {
      head: "Resource",
      cell: (row) => (
        <Group gap={6} wrap="nowrap">
          <span>{row.resourceType}</span>
          <PageLink to={paths.resource(row.resourceType, row.resourceId)} search={{ from: "all" }} className="nowrap">
            {shortenedResource(row.resourceId)}
          </PageLink>
        </Group>
      ),
    },
    { head: "Actor", cell: (row) => <span className="nowrap">{shortened(row.actorId ?? "")}</span> },
    { head: "Actor type", cell: (row) => row.actorType ?? "" },
    {
      head: "Unit of work",
      cell: (row) =>
        row.correlationId !== null && (
          <PageLink to={paths.trace(row.correlationId)} search={rangeOf(row)} className="nowrap">
            {shortened(row.correlationId)}
          </PageLink>
        ),
    },
    {
      head: "Open",
      cell: (row) => <OpenButton opened={opened} id={row.id} name={`event ${row.eventType} ${row.id}`} />,
    },
  ];
}
