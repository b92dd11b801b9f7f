/** The columns of a resource's history: what, when, who, and what is different. */

import { JsonDifference } from "../../components/JsonDifference";
import { PageLink } from "../../components/PageLink";
import { ActionBadge, OriginBadge } from "../../components/record/InteractionBadges";
import { Time } from "../../components/Time";
import type { Column } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { searchAround } from "../../lib/time/range";
import type { Entry } from "./entries";

export const COLUMNS: readonly Column<Entry>[] = [
  { head: "Record", cell: (entry) => <RecordLink entry={entry} /> },
  { head: "Happened", isTime: true, cell: (entry) => <Time at={entry.atMs} millis /> },
  { head: "What", cell: (entry) => <What entry={entry} /> },
  {
    head: "Who",
    cell: (entry) => (entry.kind === "interaction" ? entry.record.userId : entry.record.actorId) ?? "",
  },
  { head: "Difference to the one before", cell: (entry) => <Different entry={entry} /> },
  { head: "Trace", cell: (entry) => <TraceLink entry={entry} /> },
];

function RecordLink({ entry }: { readonly entry: Entry }) {
  const search = searchAround(entry.atMs);
  return entry.kind === "interaction" ? (
    <PageLink to={paths.interaction(entry.id)} search={search}>
      Interaction {entry.record.interactionNumber}
    </PageLink>
  ) : (
    <PageLink to={paths.event(entry.id)} search={search}>
      Event {entry.record.eventType}
    </PageLink>
  );
}

function What({ entry }: { readonly entry: Entry }) {
  if (entry.kind === "event") return <span className="dimmed">{entry.record.source}</span>;
  return (
    <>
      <ActionBadge of={entry.record} /> <OriginBadge of={entry.record} />
    </>
  );
}

function Different({ entry }: { readonly entry: Entry }) {
  if (entry.before === "first") return <span className="dimmed">the first {entry.kind}</span>;
  if (entry.before === "unread") return <span className="dimmed">the {entry.kind} before is not loaded yet</span>;
  return <JsonDifference before={entry.before.content} after={entry.content} />;
}

function TraceLink({ entry }: { readonly entry: Entry }) {
  const uowId = entry.kind === "interaction" ? entry.record.uowId : entry.record.correlationId;
  if (uowId === null) return null;
  return (
    <PageLink to={paths.trace(uowId)} search={searchAround(entry.atMs)}>
      Open trace
    </PageLink>
  );
}
