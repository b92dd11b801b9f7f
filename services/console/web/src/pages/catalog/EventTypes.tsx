/** The event types whose payloads are checked against a schema, and the schema of the opened one. */

import { useMemo } from "react";
import { api } from "../../api/client";
import { type GetData, get, useGet } from "../../api/queries";
import { ConfirmButton } from "../../components/form/ConfirmButton";
import { OpenLink } from "../../components/OpenLink";
import { Loaded } from "../../components/states/Loaded";
import { NoMatch, NothingYet } from "../../components/states/Nothing";
import { Time } from "../../components/Time";
import type { Column } from "../../components/table/DataTable";
import { PagedTable } from "../../components/table/PagedTable";
import { integer, text } from "../../lib/address/fields";
import { registerSchema } from "../../lib/commands";
import { useAddress } from "../../state/address";
import { useMay } from "../../state/me";
import { OpenedEventType } from "./OpenedEventType";
import { SCHEMA, SCHEMA_READS } from "./schemas";
import { ARCHIVED, Tools } from "./Tools";

type EventType = GetData<"/api/v1/event-types">["eventTypes"][number];

const FIELDS = { archived: ARCHIVED, page: integer(1), open: text() };
const NEW = "new";
const PAGE_SIZE = 100;

export function EventTypes() {
  const { values, change } = useAddress(FIELDS);
  const { archived, page, open } = values;
  const mayWrite = useMay("editor");
  const list = useGet("/api/v1/event-types", {
    params: { query: { archived, limit: PAGE_SIZE, offset: (page - 1) * PAGE_SIZE } },
  });
  const columns = useMemo(() => columnsOf(mayWrite), [mayWrite]);
  return (
    <>
      <Tools
        archived={archived}
        onArchived={(next) => change({ archived: next, page: 1 })}
        noun="event type"
        onNew={() => change({ open: NEW })}
      />
      <Loaded query={list} what="the event types" height={400}>
        {({ eventTypes, total }) =>
          total === 0 ? (
            <Nothing isFiltered={archived !== "false"} onClear={() => change({ archived: "false" })} />
          ) : (
            <PagedTable
              caption="Catalog"
              columns={columns}
              rows={eventTypes}
              rowKey={({ eventType }) => eventType}
              total={total}
              page={page}
              pageSize={PAGE_SIZE}
              onPage={(next) => change({ page: next })}
            />
          )
        }
      </Loaded>
      {(open === NEW ? mayWrite : open !== "") && (
        <OpenedEventType key={open} name={open === NEW ? null : open} onClose={() => change({ open: "" })} />
      )}
    </>
  );
}

function Nothing({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  if (isFiltered) return <NoMatch isRanged={false} onClear={onClear} />;
  return (
    <NothingYet
      sentence="Events of a type that has a schema are refused when their payload does not fit it. No type has one."
      command={registerSchema(window.location.origin)}
    />
  );
}

function columnsOf(mayWrite: boolean): readonly Column<EventType>[] {
  return [
    { head: "Event type", cell: ({ eventType }) => <OpenLink id={eventType}>{eventType}</OpenLink> },
    { head: "Latest version", align: "right", cell: ({ latestVersion }) => latestVersion },
    { head: "State", cell: ({ archivedAt }) => (archivedAt === null ? "in use" : "archived") },
    { head: "Created", isTime: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
    { head: "Changed", isTime: true, cell: ({ modifiedAt }) => <Time at={modifiedAt} /> },
    ...(mayWrite ? [{ head: "Change", cell: (one: EventType) => <ChangeState one={one} /> }] : []),
  ];
}

function ChangeState({ one: { eventType, archivedAt } }: { readonly one: EventType }) {
  const params = { path: { eventType } };
  if (archivedAt === null) {
    return (
      <ConfirmButton
        verb="Archive"
        thing={`the schema of ${eventType}`}
        send={() => api.DELETE(SCHEMA, { params })}
        reads={SCHEMA_READS}
      >
        Events of the type are no longer checked. Its versions stay, and it can be taken up again.
      </ConfirmButton>
    );
  }
  return (
    <ConfirmButton
      verb="Take up"
      thing={`the schema of ${eventType}`}
      isDestructive={false}
      send={async () => api.PUT(SCHEMA, { params, body: (await get(SCHEMA, { params })).schema })}
      reads={SCHEMA_READS}
    >
      Events of the type are checked against its latest version again.
    </ConfirmButton>
  );
}
