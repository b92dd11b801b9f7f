/** The tasks of a session by their names, and what a look at one of them should tell at once. */

import type { SessionTask } from "../../lib/session/model";

/** Return a task or an item by its name; undefined when there is none. */
export function taskNamed(tasks: readonly SessionTask[], name: string): SessionTask | undefined {
  const own = tasks.find(({ task }) => task === name);
  return own ?? tasks.flatMap(({ items }) => items ?? []).find(({ task }) => task === name);
}
