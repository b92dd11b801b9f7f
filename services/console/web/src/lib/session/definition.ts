/** The definition in a version of a workflow, without what the version says besides. */

import type { Definition } from "../canvas/definition";

const MEMBERS = ["name", "description", "access", "timeoutMs", "maxSessions", "tasks", "output"] as const;

/** What the API answers for a version; its tasks are of the definition's own shape. */
interface Version {
  readonly name: string;
  readonly tasks: Readonly<Record<string, unknown>>;
}

export function definitionOf(version: Version): Definition {
  const members = version as unknown as Readonly<Record<string, unknown>>;
  const kept = MEMBERS.filter((name) => members[name] !== undefined).map((name) => [name, members[name]]);
  return Object.fromEntries(kept) as unknown as Definition;
}
