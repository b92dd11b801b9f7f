/** What the values of a task may name: what the caller sends, the session, and what comes of the tasks before it. */

import type { Definition } from "./definition";
import { asSchema, type Schema, typesOf } from "./fields";
import { ancestorsOf } from "./links";
import { parsePath, type Step, writePath } from "./paths";
import { blanksOf, type FormOfType, typeNamed } from "./placed";

export interface Knowable {
  readonly path: string;
  /** Where it comes from, as a heading: `Input`, `Session`, the name of a task. */
  readonly group: string;
}

const DEPTH = 3;
const MOST = 60;

/** Return the paths that a task may name; `isItem` for one within a for-each. */
export function knowableTo(
  name: string,
  definition: Definition,
  types: readonly FormOfType[],
  isItem = false,
): readonly Knowable[] {
  const ofItem = isItem ? ["item", "index"].map((path) => ({ path, group: "Item" })) : [];
  const ofInput = blanksOf(definition, types).map(({ place }) => ({ path: writePath("input", place), group: "Input" }));
  const ofSession = ["id", "uowId", "startedAt"].map((part) => ({ path: `session.${part}`, group: "Session" }));
  const ofTasks = [...ancestorsOf(definition, name)].flatMap((task) => {
    const type = typeNamed(types, definition.tasks[task]?.type ?? "");
    const below = [...stepsBelow(asSchema(type?.outputs)).map((steps) => ["output", ...steps]), ["status"], ["error"]];
    return below.map((steps) => ({ path: writePath("tasks", [task, ...steps]), group: task }));
  });
  return [...ofItem, ...ofInput, ...ofTasks, ...ofSession];
}

/** Return why a task may not name a path; undefined when it may. */
export function faultOfPath(text: string, name: string, definition: Definition, isItem = false): string | undefined {
  if (text === "") return "Choose what is known, or type a path";
  const path = parsePath(text);
  if ("fault" in path) return path.fault;
  if ((path.root === "item" || path.root === "index") && !isItem)
    return `There is no ${path.root} outside of a for-each`;
  if (path.task === undefined) return undefined;
  if (!Object.hasOwn(definition.tasks, path.task)) return `There is no task “${path.task}”`;
  if (!ancestorsOf(definition, name).has(path.task)) {
    return `“${path.task}” need not have ended: there is no way of links from it`;
  }
  return undefined;
}

/** Return the tasks that a task may run after: all but itself and those that run after it. */
export function possiblePredecessors(name: string, definition: Definition): readonly string[] {
  return Object.keys(definition.tasks).filter((other) => other !== name && !ancestorsOf(definition, other).has(name));
}

function stepsBelow(schema: Schema, depth = DEPTH): readonly (readonly Step[])[] {
  const properties = depth > 0 && typesOf(schema).includes("object") ? Object.entries(asSchema(schema.properties)) : [];
  const below = properties.flatMap(([key, part]) =>
    stepsBelow(asSchema(part), depth - 1).map((steps): readonly Step[] => [key, ...steps]),
  );
  return [[], ...below].slice(0, MOST);
}
