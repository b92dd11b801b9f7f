/** Tasks as text for the clipboard, so that they can be taken from one workflow to another. */

import { type Definition, LINK_STATUSES, type TaskDefinition } from "./definition";
import { pickTasks } from "./edits";

type Tasks = Definition["tasks"];

/** Return tasks as the JSON that a definition has of them. */
export function copied(definition: Definition, names: readonly string[]): string {
  return JSON.stringify({ tasks: pickTasks(definition, names) }, null, 2);
}

/** Return the tasks of a text, of a whole definition too; undefined where it has none. */
export function tasksIn(text: string): Tasks | undefined {
  const tasks = asObject(asObject(parsed(text))?.tasks);
  if (tasks === undefined) return undefined;
  const entries = Object.entries(tasks);
  return entries.length > 0 && entries.every(([, task]) => isTask(task)) ? (tasks as Tasks) : undefined;
}

function isTask(value: unknown): value is TaskDefinition {
  const task = asObject(value);
  if (typeof task?.type !== "string") return false;
  const { position = { x: 0, y: 0 }, executeAfter = {}, body = {} } = task;
  const place = asObject(position);
  const isPlaced = Number.isFinite(place?.x) && Number.isFinite(place?.y);
  const links = asObject(executeAfter);
  return isPlaced && asObject(body) !== undefined && links !== undefined && Object.values(links).every(isCondition);
}

function isCondition(value: unknown): boolean {
  return Array.isArray(value) && value.every((status) => LINK_STATUSES.includes(status));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
