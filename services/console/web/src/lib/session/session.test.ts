import { expect, it } from "vitest";
import type { SessionTask } from "./model";
import { rangeOf } from "./range";
import { countsOf, isOpen, isOver, SESSION_STATUSES, TASK_STATUSES } from "./status";
import { textOf, waitOf } from "./words";

const NOW = Date.parse("2026-01-15T12:00:00Z");
const NONE = { items: null, waitingFor: null } as unknown as SessionTask;

const taskOf = (changes: Partial<SessionTask>): SessionTask => ({ ...NONE, attempts: 1, ...changes });

it("is open, or over, by its status", () => {
  expect(SESSION_STATUSES.filter(isOpen)).toEqual(["queued", "running"]);
  expect(TASK_STATUSES.filter(isOver)).toEqual(["completed", "failed", "skipped", "cancelled"]);
});

it("is counted by status, in their order, those of none left out", () => {
  expect(countsOf({ failed: 1, running: 2, completed: 0 })).toEqual([
    ["running", 2],
    ["failed", 1],
  ]);
});

it("is looked at from before its start until after its end, or now while it goes on", () => {
  const startedAt = "2026-01-15T10:00:00Z";
  expect(rangeOf({ startedAt, endedAt: "2026-01-15T10:30:00Z" }, NOW)).toEqual({
    from: "2026-01-15T09:57:30.000Z",
    to: "2026-01-15T10:32:30.000Z",
  });
  expect(rangeOf({ startedAt, endedAt: null }, NOW).to).toBe("2026-01-15T12:02:30.000Z");
});

it("tells how a task fares, with its attempt and its items", () => {
  const items = [taskOf({ endedAt: "2026-01-15T10:00:00Z" }), taskOf({ endedAt: null }), taskOf({ endedAt: null })];
  expect(textOf(taskOf({ status: "running" }))).toBe("running");
  expect(textOf(taskOf({ status: "completed", attempts: 2 }))).toBe("completed, attempt 2");
  expect(textOf(taskOf({ status: "retrying", attempts: 1 }))).toBe("retrying after attempt 1");
  expect(textOf(taskOf({ status: "running", items }))).toBe("running, 1 items ended");
  expect(textOf(taskOf({ status: "completed", items }))).toBe("completed");
});

it("tells what a task waits for", () => {
  const waits = (waitingFor: SessionTask["waitingFor"]) => waitOf(taskOf({ waitingFor }));
  expect(waits(null)).toBe("");
  expect(waits({ eventType: "order.shipped", correlationId: "order-7" })).toBe("the event order.shipped of order-7");
  expect(waits({ eventType: "order.shipped" })).toBe("the event order.shipped");
  expect(waits({ sessionId: "s-1" })).toBe("the session s-1");
  expect(waits({ recordId: "r-1" })).toBe("the record r-1");
  expect(waits({ until: "2026-01-15T10:00:00Z" })).toBe("a time");
});
