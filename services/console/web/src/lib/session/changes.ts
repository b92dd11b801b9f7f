/** What became of a session between two looks at it, in words for whoever hears the page rather than sees it. */

import type { Session } from "./model";
import { TASK_STATUSES } from "./status";

/** So many tasks of one status are named; more are counted. */
const MOST_NAMES = 3;

/** Return what changed: `Fetch completed. Tell running.`; empty when no status did. */
export function changesIn(before: Session, after: Session): string {
  const statuses = new Map(before.tasks.map(({ task, status }) => [task, status]));
  const changed = after.tasks.filter(({ task, status }) => statuses.get(task) !== status);
  const parts = TASK_STATUSES.flatMap((status) => {
    const names = changed.filter((one) => one.status === status).map(({ task }) => task);
    if (names.length === 0) return [];
    return [`${names.length > MOST_NAMES ? `${names.length} tasks` : names.join(", ")} ${status}.`];
  });
  if (before.status !== after.status) parts.push(`The session is ${after.status}.`);
  return parts.join(" ");
}
