/**
 * The edits of a definition: each returns another definition, or why it is refused. Of any sequence of edits the links
 * stay free of circles and the names unique, if they were.
 */

import type { Definition, LinkStatus, Position, TaskDefinition } from "./definition";
import { LINK_STATUSES } from "./definition";
import { wayBetween } from "./links";
import { copyName, hasTask, nameFault } from "./names";
import { followed, followedValue, type Renamings } from "./references";

/** Why an edit is refused, in words. */
export interface Refusal {
  readonly reason: string;
}

/** A definition with tasks that were not there before. */
export interface Added {
  readonly definition: Definition;
  readonly names: readonly string[];
}

type Tasks = Definition["tasks"];
type Links = NonNullable<TaskDefinition["executeAfter"]>;

/** How far from its original a copy is put. */
const OFFSET: Position = { x: 32, y: 32 };

export function isRefused(result: object): result is Refusal {
  return "reason" in result;
}

/** Add a task under a free name. */
export function addTask(definition: Definition, name: string, task: TaskDefinition): Definition | Refusal {
  const reason = nameFault(definition, name);
  return reason === undefined ? withTasks(definition, { ...definition.tasks, [name]: task }) : { reason };
}

/** Change a task; its links are what the new one has. */
export function setTask(definition: Definition, name: string, task: TaskDefinition): Definition {
  return mapTasks(definition, (one, own) => (own === name ? task : one));
}

/** Give a task another name; the links to it and the references to it follow. */
export function renameTask(definition: Definition, from: string, to: string): Definition | Refusal {
  if (from === to) return definition;
  if (!hasTask(definition, from)) return { reason: `There is no task ${from}` };
  const reason = nameFault(definition, to);
  if (reason !== undefined) return { reason };
  const names = new Map([[from, to]]);
  const tasks = Object.entries(definition.tasks).map(([name, task]) => [name === from ? to : name, moved(task, names)]);
  return withOutput(withTasks(definition, Object.fromEntries(tasks)), names);
}

/** Delete tasks with their links. References to them stay, for whoever made them to decide. */
export function removeTasks(definition: Definition, names: readonly string[]): Definition {
  const gone = new Set(names);
  const left = Object.entries(definition.tasks).filter(([name]) => !gone.has(name));
  const tasks = left.map(([name, task]) => [name, withLinks(task, (from) => !gone.has(from))]);
  return withTasks(definition, Object.fromEntries(tasks));
}

/** Put tasks elsewhere. */
export function moveTasks(definition: Definition, places: ReadonlyMap<string, Position>): Definition {
  return mapTasks(definition, (task, name) => {
    const to = places.get(name);
    const isThere = to === undefined || (task.position?.x === to.x && task.position?.y === to.y);
    return isThere ? task : { ...task, position: to };
  });
}

/** Let a task run after another, once that has ended as one of the statuses. */
export function connect(
  definition: Definition,
  from: string,
  to: string,
  statuses: readonly LinkStatus[] = ["completed"],
): Definition | Refusal {
  const missing = [from, to].find((name) => !hasTask(definition, name));
  if (missing !== undefined) return { reason: `There is no task ${missing}` };
  if (linkOf(definition, from, to) !== undefined) return { reason: `${to} runs after ${from} already` };
  const circle = wayBetween(definition, to, from);
  if (circle !== undefined) return { reason: circleWords(from, to, circle) };
  return withLink(definition, from, to, statuses);
}

/** Take a link away. */
export function disconnect(definition: Definition, from: string, to: string): Definition {
  return mapTasks(definition, (task, name) => (name === to ? withLinks(task, (other) => other !== from) : task));
}

/** Choose what a predecessor may have ended as: any of the statuses, at least one. */
export function setCondition(
  definition: Definition,
  from: string,
  to: string,
  statuses: readonly LinkStatus[],
): Definition | Refusal {
  if (linkOf(definition, from, to) === undefined) return { reason: `${to} does not run after ${from}` };
  if (statuses.length === 0) return { reason: "Choose at least one status, or delete the link" };
  return withLink(definition, from, to, statuses);
}

/** Copy tasks beside their originals, under free names; each copy runs after what its original runs after. */
export function duplicate(definition: Definition, names: readonly string[]): Added {
  const known = names.filter((name) => hasTask(definition, name));
  return withCopies(definition, pickTasks(definition, known), () => true);
}

/** Add tasks copied elsewhere, under free names, with the links among them. */
export function paste(definition: Definition, tasks: Tasks): Added {
  return withCopies(definition, tasks, (from) => Object.hasOwn(tasks, from));
}

/** Return tasks of a definition by name, in its order. */
export function pickTasks({ tasks }: Definition, names: readonly string[]): Tasks {
  return Object.fromEntries(Object.entries(tasks).filter(([name]) => names.includes(name)));
}

function withCopies(definition: Definition, originals: Tasks, isKept: (from: string) => boolean): Added {
  const names = new Map<string, string>();
  const taken = new Set(Object.keys(definition.tasks));
  for (const name of Object.keys(originals)) {
    const free = copyName(name, (one) => taken.has(one));
    names.set(name, free);
    taken.add(free);
  }
  const copies = Object.entries(originals).map(([name, task]) => {
    const copy = moved(withLinks(task, isKept), names);
    const { position } = copy;
    return [names.get(name), position ? { ...copy, position: beside(position) } : copy];
  });
  const tasks = { ...definition.tasks, ...Object.fromEntries(copies) };
  return { definition: withTasks(definition, tasks), names: [...names.values()] };
}

function beside({ x, y }: Position): Position {
  return { x: x + OFFSET.x, y: y + OFFSET.y };
}

function linkOf({ tasks }: Definition, from: string, to: string): readonly LinkStatus[] | undefined {
  const links: Links = (Object.hasOwn(tasks, to) ? tasks[to]?.executeAfter : undefined) ?? {};
  return Object.hasOwn(links, from) ? links[from] : undefined;
}

function withLink(definition: Definition, from: string, to: string, statuses: readonly LinkStatus[]): Definition {
  const ordered = LINK_STATUSES.filter((status) => statuses.includes(status));
  return mapTasks(definition, (task, name) =>
    name === to ? { ...task, executeAfter: { ...task.executeAfter, [from]: ordered } } : task,
  );
}

/** Keep the links from some tasks alone. */
function withLinks(task: TaskDefinition, isKept: (from: string) => boolean): TaskDefinition {
  const links = Object.entries(task.executeAfter ?? {});
  const kept = links.filter(([from]) => isKept(from));
  if (kept.length === links.length) return task;
  const { executeAfter: _, ...rest } = task;
  return kept.length ? { ...task, executeAfter: Object.fromEntries(kept) } : rest;
}

/** Return a task whose links and references follow the names. */
function moved(task: TaskDefinition, names: Renamings): TaskDefinition {
  const links = Object.entries(task.executeAfter ?? {});
  const isLinked = links.some(([from]) => names.has(from));
  const executeAfter = Object.fromEntries(links.map(([from, statuses]) => [names.get(from) ?? from, statuses]));
  return followed(isLinked ? { ...task, executeAfter } : task, names);
}

function withOutput(definition: Definition, names: Renamings): Definition {
  if (definition.output === undefined) return definition;
  const output = followedValue(definition.output, names);
  return output === definition.output ? definition : { ...definition, output };
}

function mapTasks(definition: Definition, change: (task: TaskDefinition, name: string) => TaskDefinition): Definition {
  const entries = Object.entries(definition.tasks).map(([name, task]) => [name, task, change(task, name)] as const);
  if (entries.every(([, before, after]) => before === after)) return definition;
  return withTasks(definition, Object.fromEntries(entries.map(([name, , after]) => [name, after])));
}

function withTasks(definition: Definition, tasks: Tasks): Definition {
  return { ...definition, tasks };
}

function circleWords(from: string, to: string, way: readonly string[]): string {
  if (from === to) return `${from} cannot run after itself`;
  return `${to} cannot run after ${from}, which runs after it: ${[...way, to].join(" → ")}`;
}
