import { expect, it } from "vitest";
import { againstThreshold, conditionInWords, formatThreshold, formatValue, standingOf } from "./condition";
import type { Condition } from "./rule";

const RULE: Condition = {
  metric: "errorRate",
  operator: "GREATER_THAN",
  threshold: 0.05,
  windowMinutes: 5,
  shortMinutes: null,
  forSeconds: 0,
  minEvents: 1,
};

it.each<[Partial<Condition>, string]>([
  [
    {},
    "Fires when the error rate of the last 5 min is above 5%. Without completed and errored results it has no data.",
  ],
  [
    { metric: "p95", operator: "GREATER_THAN_EQUAL", threshold: 1_500, windowMinutes: 60, minEvents: 20 },
    "Fires when the p95 of the last 1 h is at least 1.5 s. With fewer than 20 completed results it has no data.",
  ],
  [
    { metric: "completed", operator: "LESS_THAN", threshold: 3, forSeconds: 90 },
    "Fires when the completed results of the last 5 min are below 3, and have been for 1 min 30 s.",
  ],
  [
    { metric: "throughputPerMinute", operator: "LESS_THAN_EQUAL", threshold: 2.5, minEvents: 9 },
    "Fires when the results per minute of the last 5 min are at most 2.5 per minute.",
  ],
  [
    { metric: "poorRate", threshold: 0.1225 },
    "Fires when the share of poor results of the last 5 min is above 12.25%. Without completed results it has no data.",
  ],
  [
    { metric: "burnRate", threshold: 14.4, windowMinutes: 60, shortMinutes: 5, minEvents: 10, forSeconds: 60 },
    "Fires when the error budget burns more than 14.4 times as fast as the objective allows, over the last 1 h and the" +
      " last 5 min, and has been for 1 min. With fewer than 10 completed and errored results in the long window it has" +
      " no data.",
  ],
])("a condition of %o is told in words", (changes, words) => {
  expect(conditionInWords({ ...RULE, ...changes })).toBe(words);
});

it("tells a figure against its threshold, or that there is none", () => {
  expect(standingOf({ ...RULE, value: 0.125 })).toBe("error rate 12.5% (> 5%)");
  expect(standingOf({ ...RULE, metric: "apdex", operator: "LESS_THAN", threshold: 0.7, value: null })).toBe(
    "Apdex no data (< 0.7)",
  );
  expect(standingOf({ ...RULE, metric: "burnRate", threshold: 6, value: 6.901 })).toBe("burn rate 6.9 × (> 6 ×)");
});

it("has a sign for each operator", () => {
  const signs = (["GREATER_THAN", "GREATER_THAN_EQUAL", "LESS_THAN", "LESS_THAN_EQUAL"] as const).map((operator) =>
    againstThreshold({ ...RULE, operator, value: null }),
  );
  expect(signs).toEqual(["no data (> 5%)", "no data (≥ 5%)", "no data (< 5%)", "no data (≤ 5%)"]);
});

it("never shows a figure as its threshold that is another number", () => {
  const apdex = { metric: "apdex", threshold: 0.7 } as const;
  expect(formatValue(apdex, 0.6996)).toBe("0.6996");
  expect(formatValue(apdex, 0.7)).toBe("0.7");
  expect(formatValue(apdex, 0.61234)).toBe("0.61");
  expect(formatValue({ metric: "errorRate", threshold: 0.05 }, 0.0503)).toBe("5.03%");
  expect(formatThreshold({ metric: "errorRate", threshold: 0.0225 })).toBe("2.25%");
});
