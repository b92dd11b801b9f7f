/** The names that the steps of a critical interaction can have, as suggestions. */

/** So many are suggested: beyond, the names of the catalog's pairs are left out. */
const MOST_PAIRS = 1_000;

/** The attributes that every record has, by which conditions and dimensions are named beside the data's own fields. */
export const ATTRIBUTES: readonly string[] = [
  "action",
  "actorId",
  "actorType",
  "causationId",
  "correlationId",
  "eventType",
  "externalReference",
  "origin",
  "resourceId",
  "resourceType",
  "uowId",
  "userId",
];

interface Seen {
  readonly eventTypes: readonly string[];
  readonly resourceTypes: readonly string[];
  readonly actions: readonly string[];
}

/** Return the names of events, then `TYPE.ACTION` of interactions, then their actions alone. */
export function stepNames({ eventTypes, resourceTypes, actions }: Seen): readonly string[] {
  const pairs = resourceTypes.flatMap((type) => actions.map((action) => `${type}.${action}`));
  return [...new Set([...eventTypes, ...(pairs.length > MOST_PAIRS ? [] : pairs), ...actions])];
}
