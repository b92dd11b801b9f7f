import { expect, it } from "vitest";
import { changesIn } from "./changes";
import type { Session, SessionTask } from "./model";
import type { SessionStatus, TaskStatus } from "./status";

function sessionOf(status: SessionStatus, tasks: Readonly<Record<string, TaskStatus>>): Session {
  const shown = Object.entries(tasks).map(([task, one]) => ({ task, status: one }) as SessionTask);
  return { status, tasks: shown } as unknown as Session;
}

it("names the tasks whose status is another, in the order of the statuses", () => {
  const before = sessionOf("running", { Fetch: "running", Tell: "pending", Keep: "pending" });
  const after = sessionOf("running", { Fetch: "completed", Tell: "running", Keep: "pending" });
  expect(changesIn(before, after)).toBe("Tell running. Fetch completed.");
});

it("counts them where there are many", () => {
  const names = ["A", "B", "C", "D"];
  const all = (status: TaskStatus) => Object.fromEntries(names.map((name) => [name, status]));
  expect(changesIn(sessionOf("running", all("running")), sessionOf("completed", all("completed")))).toBe(
    "4 tasks completed. The session is completed.",
  );
});

it("still names three", () => {
  const all = (status: TaskStatus) => sessionOf("running", { A: status, B: status, C: status });
  expect(changesIn(all("running"), all("failed"))).toBe("A, B, C failed.");
});

it("has nothing to say of what stays", () => {
  const session = sessionOf("running", { Fetch: "running" });
  expect(changesIn(session, session)).toBe("");
});
