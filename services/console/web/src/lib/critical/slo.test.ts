import { expect, it } from "vitest";
import { pairState, worstOf } from "./slo";

const rule = (longRate: number | null, shortRate: number | null) => ({ factor: 6, longRate, shortRate });

it.each([
  [7, 7, "critical"],
  [7, 1, "recovering"],
  [1, 7, "rising"],
  [6, 6, "fine"],
  [null, null, "fine"],
])("says of a pair that burns by %s and %s: %s", (long, short, expected) => {
  expect(pairState(rule(long, short))).toBe(expected);
});

it("finds the worst of all objectives, and the least budget", () => {
  const fine = { budgetRemaining: 0.4, burnRules: [rule(1, 1)] };
  const rising = { budgetRemaining: null, burnRules: [rule(1, 1), rule(1, 9)] };
  expect(worstOf([fine, rising])).toEqual({ state: "rising", budgetRemaining: 0.4 });
  expect(worstOf([rising])).toEqual({ state: "rising", budgetRemaining: null });
  expect(worstOf([])).toBeUndefined();
});
