import { expect, it } from "vitest";
import { apdexRating, formatFigure, isBurning } from "./health";

it("rates Apdex scores as its specification does", () => {
  expect([1, 0.94, 0.9, 0.7, 0.5, 0.49].map(apdexRating)).toEqual([
    "excellent",
    "excellent",
    "good",
    "fair",
    "poor",
    "unacceptable",
  ]);
});

it.each([
  ["errorRate", 0.125, "12.5%"],
  ["p95", 1_500, "1.5 s"],
  ["apdex", 0.938, "0.94"],
  ["throughputPerMinute", 0.25, "15 per hour"],
  ["burnRate", 14.4, "14.4"],
])("writes %s %d as %s", (name, value, words) => {
  expect(formatFigure(name, value)).toBe(words);
});

it("takes an objective as burning while a rule fires, snoozed or not", () => {
  const isWith = (...states: string[]) => isBurning({ burnRules: states.map((state) => ({ state })) });
  expect([isWith(), isWith("OK", "PENDING"), isWith("OK", "FIRING"), isWith("SNOOZED")]).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
