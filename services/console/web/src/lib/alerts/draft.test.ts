import { expect, it } from "vitest";
import { bodyOf, conditionOf, type Draft, faultsOf, newDraft, unitOf } from "./draft";
import { METRICS } from "./rule";

const DRAFT: Draft = { ...newDraft("Checkout"), name: " Slow ", threshold: 0.05 };

const faults = (changes: Partial<Draft>) =>
  Object.fromEntries(Object.entries(faultsOf({ ...DRAFT, ...changes })).filter(([, fault]) => fault !== undefined));

it("finds nothing wrong with a whole draft, and says at which field another is", () => {
  expect(faults({})).toEqual({});
  expect(Object.keys(faults({ name: " ", interactionName: "" }))).toEqual(["name", "interactionName"]);
  expect(faults({ threshold: "" })).toEqual({ threshold: "A number is expected" });
  expect(faults({ threshold: 5 })).toEqual({ threshold: "A number from 0 to 1 is expected" });
  expect(faults({ threshold: 1 })).toEqual({});
  expect(faults({ windowMinutes: 1_441 })).toHaveProperty("windowMinutes");
  expect(faults({ threshold: 5, metric: "errored" })).toEqual({});
  expect(faults({ threshold: -1, metric: "p95" })).toEqual({ threshold: "A number from 0 on is expected" });
  expect(faults({ windowMinutes: 0 })).toEqual({ windowMinutes: "A whole number from 1 to 1440 is expected" });
  expect(faults({ forSeconds: 1.5 })).toEqual({ forSeconds: "A whole number from 0 to 86400 is expected" });
  expect(faults({ minEvents: "" })).toEqual({ minEvents: "A whole number from 0 is expected" });
});

it("makes a condition of a draft as soon as its numbers are right", () => {
  expect(conditionOf({ ...DRAFT, name: "" })).toMatchObject({
    metric: "errorRate",
    threshold: 0.05,
    shortMinutes: null,
  });
  for (const name of ["threshold", "windowMinutes", "forSeconds", "minEvents"]) {
    expect(conditionOf({ ...DRAFT, [name]: "" })).toBeUndefined();
  }
});

it("sends every field, the name without what surrounds it", () => {
  expect(bodyOf(DRAFT)).toEqual({ ...DRAFT, name: "Slow" });
});

it("says of each metric in which unit its threshold is", () => {
  expect(METRICS.map(unitOf)).not.toContain("");
  expect([unitOf("apdex"), unitOf("poorRate"), unitOf("p99"), unitOf("errored")]).toEqual([
    "A score from 0 to 1",
    "From 0 to 1: 0.05 is 5%",
    "In milliseconds",
    "In the whole window",
  ]);
});
