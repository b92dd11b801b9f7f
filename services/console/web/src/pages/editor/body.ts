/** The definition of a draft as a request has it. */

import type { Schemas } from "../../api/client";
import { type Draft, definitionOf, type Pattern } from "../../lib/critical/draft";

export type DefinitionBody = Schemas["MonitoringInteractionIn"];

export function bodyOf(draft: Draft): DefinitionBody {
  const { events, globalBlacklistedEvents, dimensions, ...rest } = definitionOf(draft);
  return {
    ...rest,
    events: events.map(patternBody),
    globalBlacklistedEvents: globalBlacklistedEvents.map(patternBody),
    dimensions: [...dimensions],
  };
}

function patternBody({ props, ...rest }: Pattern): Schemas["EventPatternIn"] {
  return { ...rest, props: props.map((one) => ({ ...one })) };
}
