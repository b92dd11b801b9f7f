/** The statuses of sessions and of their tasks, in the order in which they are told. */

export const SESSION_STATUSES = ["queued", "running", "completed", "failed", "cancelled"] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

export const TASK_STATUSES = [
  "pending",
  "running",
  "retrying",
  "waiting",
  "completed",
  "failed",
  "skipped",
  "cancelled",
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** Return whether a session may still change without anybody's doing. */
export function isOpen(status: SessionStatus): boolean {
  return status === "queued" || status === "running";
}

const OVER: readonly TaskStatus[] = ["completed", "failed", "skipped", "cancelled"];

/** Return whether a task has ended. */
export function isOver(status: TaskStatus): boolean {
  return OVER.includes(status);
}

/** Return how many sessions have each status, those of none left out. */
export function countsOf(
  counts: Readonly<Record<string, number>>,
): readonly (readonly [status: SessionStatus, count: number])[] {
  return SESSION_STATUSES.map((status) => [status, counts[status] ?? 0] as const).filter(([, count]) => count > 0);
}
