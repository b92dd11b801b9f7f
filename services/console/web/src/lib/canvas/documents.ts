/** A definition as the API answers it, as it is sent, and whether two are the same. */

import type { Definition } from "./definition";

/** A workflow as the API answers it; it has more members than a definition. */
type Answered = Omit<Definition, "tasks" | "output"> & { readonly tasks: object; readonly output?: unknown };

/** Return the definition within an answer, or within a document to be imported. */
export function definitionOf(answer: Answered): Definition {
  const { name, description, access, timeoutMs, maxSessions, tasks, output } = answer;
  const base = { name, description, access, timeoutMs, maxSessions, tasks: tasks as Definition["tasks"] };
  return output === undefined ? base : { ...base, output: output as Definition["output"] };
}

/** Return what is sent to save a definition: all but its name, which the path has. */
export function documentOf({ name: _, ...rest }: Definition): Omit<Definition, "name"> {
  return rest;
}

/** Return whether two values say the same, whatever the order of their members; both are plain JSON. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  const [members, others] = [one as Readonly<Record<string, unknown>>, other as Readonly<Record<string, unknown>>];
  const keys = keysOf(members);
  return (
    Array.isArray(one) === Array.isArray(other) &&
    keys.length === keysOf(others).length &&
    keys.every((key) => Object.hasOwn(others, key) && isSame(members[key], others[key]))
  );
}

/** A member that is undefined is none. */
function keysOf(members: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(members).filter((key) => members[key] !== undefined);
}
