/** What a pasted text could be the name of. */

export type Question =
  | { readonly about: "interaction"; readonly id: string }
  | { readonly about: "number"; readonly number: number }
  | { readonly about: "event"; readonly id: string }
  | { readonly about: "trace"; readonly uowId: string }
  | { readonly about: "resource"; readonly type: string; readonly id: string }
  | { readonly about: "resource id"; readonly id: string }
  | { readonly about: "user"; readonly id: string }
  | { readonly about: "session"; readonly id: string }
  | { readonly about: DefinitionKind; readonly name: string };

/** What people define and give a name. */
const DEFINITIONS = ["critical interaction", "SLO", "alert rule", "metric", "workflow", "integration"] as const;
type DefinitionKind = (typeof DEFINITIONS)[number];

const UUID = /^(?:urn:uuid:)?\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;
const NUMBER = /^#?(\d{1,15})$/;
/** A trace id after W3C Trace Context: alone, or in the value of a `traceparent`. */
const TRACE_ID = /^(?:[0-9a-f]{2}-)?([0-9a-f]{32})(?:-[0-9a-f]{16}-[0-9a-f]{2})?$/i;
const RESOURCE = /^([A-Za-z][\w.-]*):(\S.*)$/;
/** An id, alone or after a type, that no path can hold. */
const UNADDRESSABLE = /^(?:[\w.-]+:)?\.{1,2}$/;
/** Longer texts are none of ours, whatever was pasted. */
const LONGEST = 500;
/** Longer texts are not looked up as names: the list of workflows refuses them. */
const LONGEST_NAME = 100;

/** Return the questions that a text asks, each of which something may answer; none for an empty text. */
export function classify(pasted: string): readonly Question[] {
  const text = pasted.trim();
  if (text === "" || text.length > LONGEST || UNADDRESSABLE.test(text)) return [];
  const uuid = UUID.exec(text)?.[1]?.toLowerCase();
  if (uuid !== undefined) return [...recordsNamed(uuid), ...anythingNamed(uuid)];
  const traceId = TRACE_ID.exec(text)?.[1]?.toLowerCase();
  if (traceId !== undefined) return [{ about: "trace", uowId: traceId }];
  const number = NUMBER.exec(text)?.[1];
  const resource = RESOURCE.exec(text);
  return [
    ...(number === undefined ? [] : [{ about: "number", number: Number(number) } as const]),
    ...(resource === null ? [] : [{ about: "resource", type: resource[1] ?? "", id: resource[2] ?? "" } as const]),
    ...anythingNamed(text),
    ...(text.length > LONGEST_NAME ? [] : definitionsNamed(text)),
  ];
}

function recordsNamed(id: string): readonly Question[] {
  return [
    { about: "interaction", id },
    { about: "event", id },
    { about: "session", id },
  ];
}

/** What may have any text as its name. */
function anythingNamed(text: string): readonly Question[] {
  return [
    { about: "trace", uowId: text },
    { about: "resource id", id: text },
    { about: "user", id: text },
  ];
}

function definitionsNamed(name: string): readonly Question[] {
  return DEFINITIONS.map((about) => ({ about, name }));
}

/** Return what has a text as its name, in any case, or else what has a word that begins with it. */
export function namedLike<T>(text: string, things: readonly T[], nameOf: (thing: T) => string): readonly T[] {
  const wanted = text.trim().toLowerCase();
  const exact = things.filter((thing) => nameOf(thing).toLowerCase() === wanted);
  if (exact.length > 0) return exact;
  const words = (name: string) => ` ${name.toLowerCase().replaceAll(/[-_.]/g, " ")}`;
  return things.filter((thing) => words(nameOf(thing)).includes(words(wanted)));
}

/** Return the path below `/console`, with its query, of an address of the console that was pasted. */
export function pathOf(pasted: string, origin: string, base: string): string | undefined {
  const text = pasted.trim();
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isOurs = url.origin === origin && url.pathname.startsWith(`${base}/`);
  return isOurs ? `${url.pathname.slice(base.length)}${url.search}` : undefined;
}
