/** What a task is at, in a few words. */

import type { SessionTask } from "./model";

/** Return the status, with the attempt where it is not the first: `retrying, attempt 2`. */
export function textOf({ status, attempts, items }: SessionTask): string {
  if (status === "retrying") return `retrying after attempt ${attempts}`;
  const ended = items?.filter((one) => one.endedAt !== null).length ?? 0;
  if (items?.length && (status === "running" || status === "waiting")) return `${status}, ${ended} items ended`;
  return attempts > 1 ? `${status}, attempt ${attempts}` : status;
}

/** Return what a task waits for: `the event order.shipped of order-7`. */
export function waitOf({ waitingFor }: SessionTask): string {
  if (waitingFor === null) return "";
  const { eventType, correlationId, sessionId, recordId } = waitingFor;
  if (eventType) return `the event ${eventType}${correlationId ? ` of ${correlationId}` : ""}`;
  if (sessionId) return `the session ${sessionId}`;
  if (recordId) return `the record ${recordId}`;
  return "a time";
}
