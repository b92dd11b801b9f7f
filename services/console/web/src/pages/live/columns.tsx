/** The columns of the table of both kinds. */

import { Group } from "@mantine/core";
import { CatalogBadge } from "../../components/CatalogBadge";
import { PageLink } from "../../components/PageLink";
import { ActionBadge, ResourceTypeBadge } from "../../components/record/InteractionBadges";
import { happenedMs } from "../../components/record/InteractionRecord";
import { Time } from "../../components/Time";
import type { Column } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { searchAround } from "../../lib/time/range";
import type { LiveRow } from "./rows";

export const COLUMNS: readonly Column<LiveRow>[] = [
  {
    head: "Record",
    cell: (row) => (
      <PageLink to={pathOf(row)} search={rangeOf(row)}>
        {row.kind === "interaction" ? row.record.interactionNumber : row.record.eventType}
      </PageLink>
    ),
  },
  { head: "Kind", cell: (row) => row.kind },
  { head: "Happened", isTime: true, cell: (row) => <Time at={atMs(row)} millis /> },
  { head: "Action", cell: (row) => row.kind === "interaction" && <ActionBadge of={row.record} /> },
  { head: "Resource", cell: (row) => <Resource of={row} /> },
  { head: "By", cell: (row) => (row.kind === "interaction" ? row.record.userId : row.record.actorId) },
  { head: "Unit of work", cell: (row) => <UnitOfWork of={row} /> },
];

function Resource({ of }: { readonly of: LiveRow }) {
  const { record } = of;
  const type = of.kind === "interaction" ? of.record.resourceTypeMnemonic : of.record.resourceType;
  return (
    <Group gap={6} wrap="nowrap">
      {of.kind === "interaction" ? <ResourceTypeBadge of={of.record} /> : <CatalogBadge mnemonic={type} />}
      <PageLink to={paths.resource(type, record.resourceId)} search={{ from: "all" }} className="nowrap">
        {record.resourceId}
      </PageLink>
    </Group>
  );
}

function UnitOfWork({ of }: { readonly of: LiveRow }) {
  const id = of.kind === "interaction" ? of.record.uowId : of.record.correlationId;
  if (id === null) return null;
  return (
    <PageLink to={paths.trace(id)} search={rangeOf(of)} className="nowrap">
      {id}
    </PageLink>
  );
}

function pathOf(row: LiveRow): string {
  return row.kind === "interaction" ? paths.interaction(row.record.interactionId) : paths.event(row.record.id);
}

function rangeOf(row: LiveRow) {
  return searchAround(atMs(row));
}

function atMs(row: LiveRow): number {
  return row.kind === "interaction" ? happenedMs(row.record) : Date.parse(row.record.occurredAt);
}
