/** What a metric may name: actions and event types, attributes of records, and paths into the data seen last. */

import { useMemo } from "react";
import { useGet } from "../../../api/queries";
import { pathsSeen, type SeenKind } from "../../../lib/metrics/dataPaths";
import { useMnemonics } from "../../../state/mnemonics";

export interface Suggestions {
  readonly sources: readonly string[];
  /** The fields of filters and dimensions. */
  readonly fields: readonly string[];
  /** Return the kind of values that a field had; undefined when it was not seen. */
  readonly kindOf: (field: string) => SeenKind | undefined;
  readonly valuesOf: (field: string) => readonly string[];
}

const SEEN = 50;
const MOST = 200;
const ATTRIBUTES = [
  "action",
  "eventType",
  "resourceType",
  "resourceId",
  "origin",
  "userId",
  "actorId",
  "actorType",
  "correlationId",
  "customerId",
  "kind",
  "eventTime",
  "createdDate",
];

/** Suggest from everything seen; once the source is an action or an event type, from records of it alone. */
export function useSuggestions(source: string): Suggestions {
  const mnemonics = useMnemonics();
  const counts = useGet("/api/v1/events/aggregate", { params: { query: {} } });
  const eventTypes = useMemo(() => (counts.data?.byEventType ?? []).map(({ key }) => key), [counts.data]);
  const action = mnemonics.action.find((one) => one === source);
  const eventType = eventTypes.find((one) => one === source);
  const interactions = useGet(
    "/api/interactions",
    { params: { query: { action, limit: SEEN } } },
    { enabled: eventType === undefined },
  );
  const events = useGet(
    "/api/v1/events",
    { params: { query: { event_type: eventType, limit: SEEN } } },
    { enabled: action === undefined },
  );
  const seen = useMemo(() => {
    const ofInteractions = eventType === undefined ? (interactions.data?.data ?? []) : [];
    const ofEvents = action === undefined ? (events.data?.events ?? []) : [];
    return pathsSeen([
      ...ofInteractions.map(({ interaction }) => interaction),
      ...ofEvents.map(({ payload }) => payload),
    ]);
  }, [interactions.data, events.data, action, eventType]);
  const paths = [...seen.keys()].slice(0, MOST);
  const values: Readonly<Record<string, readonly string[]>> = {
    action: mnemonics.action,
    resourceType: mnemonics.resourceType,
    origin: mnemonics.origin,
    eventType: eventTypes,
    kind: ["interaction", "event"],
  };
  return {
    sources: [...mnemonics.action, ...eventTypes.slice(0, MOST), ...paths],
    fields: [...ATTRIBUTES, ...paths.filter((path) => !ATTRIBUTES.includes(path))],
    kindOf: (field) => (ATTRIBUTES.includes(field) ? "text" : seen.get(field)),
    valuesOf: (field) => values[field] ?? [],
  };
}
