/**
 * What a session is after the events of its stream. Each event says how something stands and not what became of it, so
 * that events which come again after an interruption change nothing.
 */

import type { Session, SessionSummary, SessionTask } from "./model";

export type SessionEvent =
  /** The whole of it, as it stands. */
  | { readonly is: "snapshot"; readonly data: Session }
  /** One task or one item, without the items of it. */
  | { readonly is: "task"; readonly data: SessionTask }
  /** The session without tasks, inputs and outputs. */
  | { readonly is: "session"; readonly data: SessionSummary }
  /** The session as it ended, without its tasks. */
  | { readonly is: "end"; readonly data: Omit<Session, "tasks"> };

/** Return the event of a frame of the stream; undefined for one that is of no use here. */
export function readEvent(name: string | undefined, text: string): SessionEvent | undefined {
  if (name !== "snapshot" && name !== "task" && name !== "session" && name !== "end") return undefined;
  return { is: name, data: JSON.parse(text) } as SessionEvent;
}

/** Return a session after an event; null before its first snapshot. */
export function fold(session: Session | null, event: SessionEvent): Session | null {
  if (event.is === "snapshot") return event.data;
  if (session === null) return null;
  if (event.is === "task") return { ...session, tasks: withTask(session.tasks, event.data) };
  return { ...session, ...event.data };
}

/** Return the tasks with one of them, or an item of one, as it stands now. */
function withTask(tasks: readonly SessionTask[], now: SessionTask): readonly SessionTask[] {
  const isOwn = tasks.some(({ task }) => task === now.task);
  const item = isOwn ? undefined : itemOf(now.task);
  const name = item?.task ?? now.task;
  return tasks.map((one) => {
    if (one.task !== name) return one;
    return item === undefined ? { ...now, items: one.items } : { ...one, items: withItem(one.items ?? [], now) };
  });
}

function withItem(items: readonly SessionTask[], now: SessionTask): readonly SessionTask[] {
  const others = items.filter(({ task }) => task !== now.task);
  return [...others, now].sort((one, other) => placeOf(one) - placeOf(other));
}

function placeOf({ task }: SessionTask): number {
  return itemOf(task)?.place ?? 0;
}

/** Return the task and the place of an item by its name; undefined for what is none. */
export function itemOf(name: string): { readonly task: string; readonly place: number } | undefined {
  const [, task, place] = /^(.+)\[(\d+)\]$/s.exec(name) ?? [];
  return task === undefined ? undefined : { task, place: Number(place) };
}
