/** What the filters of the live page ask of each stream. An interaction has no event type, an event has no action. */

export interface LiveFilters {
  readonly kind: "all" | "interactions" | "events";
  readonly resourceType: string;
  readonly resourceId: string;
  readonly action: string;
  readonly origin: string;
  readonly userId: string;
  readonly uowId: string;
  readonly event_type: string;
  readonly actor_id: string;
}

type Query = Readonly<Record<string, string>>;

/** The parameters of both streams; null for one that has nothing of what is asked for. */
export interface LiveQueries {
  readonly interactions: Query | null;
  readonly events: Query | null;
}

export function queriesOf(filters: LiveFilters): LiveQueries {
  const { kind, resourceType, resourceId, action, origin, userId, uowId, event_type, actor_id } = filters;
  const isOfInteractions = [action, origin, userId].some(Boolean);
  const isOfEvents = [event_type, actor_id].some(Boolean);
  return {
    interactions:
      kind === "events" || isOfEvents ? null : set({ resourceType, resourceId, action, origin, userId, uowId }),
    events:
      kind === "interactions" || isOfInteractions
        ? null
        : set({ resource_type: resourceType, resource_id: resourceId, correlation_id: uowId, event_type, actor_id }),
  };
}

function set(query: Query): Query {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
}
