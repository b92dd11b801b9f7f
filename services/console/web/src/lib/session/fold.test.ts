import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fold, readEvent, type SessionEvent } from "./fold";
import type { Session, SessionTask } from "./model";
import { TASK_STATUSES } from "./status";

const AT = "2026-01-15T10:30:00.000Z";
const NAMES = ["Fetch", "Each", "Tell", "A[1]"] as const;

function taskOf(task: string, changes: Partial<SessionTask> = {}): SessionTask {
  return {
    task,
    type: "delay",
    status: "pending",
    attempts: 0,
    resumed: 0,
    startedAt: null,
    endedAt: null,
    durationMs: null,
    nextAttemptAt: null,
    waitingFor: null,
    input: null,
    output: null,
    error: null,
    log: null,
    idempotencyKey: task,
    ...changes,
  };
}

function sessionOf(changes: Partial<Session> = {}): Session {
  return {
    sessionId: "s",
    workflow: "order-paid",
    workflowId: "w",
    version: 1,
    status: "running",
    uowId: "s",
    parentSessionId: null,
    parentTask: null,
    startedAt: AT,
    endedAt: null,
    durationMs: null,
    startedBy: { id: "u", type: "user" },
    round: 1,
    error: null,
    input: {},
    output: null,
    outputs: {},
    tasks: NAMES.map((name) => taskOf(name)),
    ...changes,
  };
}

function alone({ tasks: _, ...session }: Session): Omit<Session, "tasks"> {
  return session;
}

const status = fc.constantFrom(...TASK_STATUSES);
const task = fc.record({
  name: fc.constantFrom(...NAMES, "Each[0]", "Each[1]", "Each[10]"),
  status,
  attempts: fc.nat(3),
});
const taskEvent = task.map(({ name, ...changes }): SessionEvent => ({ is: "task", data: taskOf(name, changes) }));
const sessionEvent = fc
  .constantFrom("queued" as const, "running" as const)
  .map((now): SessionEvent => ({ is: "session", data: alone(sessionOf({ status: now })) }));
const snapshot = fc
  .array(
    task.filter(({ name }) => !name.startsWith("Each[")),
    { maxLength: 3 },
  )
  .map((known): SessionEvent => {
    const tasks = NAMES.map((name) => taskOf(name, known.find((one) => one.name === name) ?? {}));
    return { is: "snapshot", data: sessionOf({ tasks }) };
  });
const changes = fc.array(fc.oneof({ weight: 8, arbitrary: taskEvent }, sessionEvent, snapshot), { maxLength: 20 });

function folded(events: readonly SessionEvent[], from: Session | null = null): Session | null {
  return events.reduce(fold, from);
}

describe("a session after its events", () => {
  it("is the same however they are split", () => {
    fc.assert(
      fc.property(snapshot, changes, fc.nat(), (first, rest, cut) => {
        const events = [first, ...rest];
        const at = cut % (events.length + 1);
        expect(folded(events.slice(at), folded(events.slice(0, at)))).toEqual(folded(events));
      }),
    );
  });

  it("is the same when they come again from any of them on", () => {
    fc.assert(
      fc.property(snapshot, changes, fc.nat(), fc.nat(), (first, rest, cut, back) => {
        const events = [first, ...rest];
        const read = 1 + (cut % events.length);
        const again = back % (read + 1);
        expect(folded([...events.slice(0, read), ...events.slice(again)])).toEqual(folded(events));
      }),
    );
  });

  it("is nothing before the first snapshot", () => {
    expect(folded([{ is: "task", data: taskOf("Fetch") }])).toBeNull();
  });

  it("keeps the tasks in their order, and the items of each in theirs", () => {
    const events = ["Each[10]", "Each[2]", "A[1]", "Each"].map(
      (name): SessionEvent => ({ is: "task", data: taskOf(name, { status: "running" }) }),
    );
    const session = folded([{ is: "snapshot", data: sessionOf() }, ...events]);
    expect(session?.tasks.map((one) => one.task)).toEqual(NAMES);
    expect(session?.tasks[1]?.items?.map((one) => one.task)).toEqual(["Each[2]", "Each[10]"]);
    expect(session?.tasks[3]?.status).toBe("running");
  });

  it("has its outputs at its end, and its tasks still", () => {
    const end = alone(sessionOf({ status: "completed", endedAt: AT, outputs: { Fetch: 1 } }));
    const session = folded([
      { is: "snapshot", data: sessionOf() },
      { is: "end", data: end },
    ]);
    expect(session).toEqual({ ...end, tasks: sessionOf().tasks });
  });

  it("takes no notice of events of other kinds", () => {
    expect(readEvent("ping", "{}")).toBeUndefined();
    expect(readEvent(undefined, "{}")).toBeUndefined();
    expect(readEvent("end", '{"status":"failed"}')).toEqual({ is: "end", data: { status: "failed" } });
  });
});
