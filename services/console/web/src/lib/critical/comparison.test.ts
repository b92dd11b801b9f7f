import { expect, test } from "vitest";
import { type Found, linesOf } from "./comparison";
import { stepNames } from "./names";

const found = (completed: number, apdex: number | null): Found => ({
  open: 1,
  total: {
    completed,
    errored: 2,
    aborted: 0,
    apdex,
    strictApdex: null,
    errorRate: 0.25,
    categories: { excellent: completed, good: 0, average: 0, poor: 0 },
    errors: { timeout: 1, sequence_violation: 1 },
    aborts: {},
    p50: 1500,
    p95: null,
    p99: null,
  },
});

const lineOf = (name: string, wouldBe: Found, was: Found | null) =>
  linesOf(wouldBe, was).find((line) => line.name === name);

test("figures stand beside those of the running version, and what changed is marked", () => {
  expect(lineOf("Completed", found(12, 0.9), found(10, 0.9))).toEqual({
    name: "Completed",
    was: "10",
    wouldBe: "12",
    isChanged: true,
  });
  expect(lineOf("Apdex", found(12, 0.9), found(10, 0.9))?.isChanged).toBe(false);
  expect(lineOf("p50", found(1, 1), null)).toEqual({ name: "p50", was: null, wouldBe: "1.5 s", isChanged: false });
});

test("what is divided by nothing is a dash, not a nought", () => {
  expect(lineOf("p95", found(0, null), null)?.wouldBe).toBe("–");
  expect(lineOf("Error rate", found(1, 1), null)?.wouldBe).toBe("25%");
});

test("steps are suggested from event types, pairs and actions, each once", () => {
  const seen = { eventTypes: ["order.placed"], resourceTypes: ["ORDER"], actions: ["CREATE", "UPDATE"] };
  expect(stepNames(seen)).toEqual(["order.placed", "ORDER.CREATE", "ORDER.UPDATE", "CREATE", "UPDATE"]);
  const many = Array.from({ length: 40 }, (_, index) => `X${index}`);
  expect(stepNames({ eventTypes: [], resourceTypes: many, actions: many })).toEqual(many);
});
