/** The order that links give: which task comes before which, and the way there. */

import type { Definition } from "./definition";

/** Return the tasks from one to another along the links, both included; undefined where no way leads there. */
export function wayBetween({ tasks }: Definition, from: string, to: string): readonly string[] | undefined {
  // Backwards: a task names those before it.
  const next = new Map<string, string | null>([[to, null]]);
  const waiting = [to];
  for (const task of waiting) {
    if (task === from) return followedFrom(from, next);
    for (const before of predecessors(tasks, task)) {
      if (next.has(before)) continue;
      next.set(before, task);
      waiting.push(before);
    }
  }
  return undefined;
}

/** Return the tasks that have ended whenever a task begins. */
export function ancestorsOf({ tasks }: Definition, name: string): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [name];
  for (const task of waiting) {
    for (const before of predecessors(tasks, task)) {
      if (found.has(before) || !Object.hasOwn(tasks, before)) continue;
      found.add(before);
      waiting.push(before);
    }
  }
  return found;
}

function predecessors(tasks: Definition["tasks"], name: string): readonly string[] {
  return Object.hasOwn(tasks, name) ? Object.keys(tasks[name]?.executeAfter ?? {}) : [];
}

function followedFrom(from: string, next: ReadonlyMap<string, string | null>): readonly string[] {
  const way = [from];
  for (let task = next.get(from); task != null; task = next.get(task)) way.push(task);
  return way;
}
