import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantsIn, instantsWords, MOST_POINTS } from "./steps";
import { conditionWords, dimensionWords, groupWords, metricWords, readDimension, valueWords } from "./words";

const DAY_MS = 86_400_000;

describe("words", () => {
  it("say what a metric is", () => {
    const purchases = {
      aggregateFunction: "count",
      sourceField: "purchase",
      windowDays: 30,
      groupByDimensions: [],
    } as const;
    expect(metricWords(purchases)).toBe("Count of purchase in 30 days");
    expect(metricWords({ ...purchases, windowDays: null, groupByDimensions: ["country", "origin"] })).toBe(
      "Count of purchase in all time, by country and origin",
    );
  });

  it("say the condition of a rule", () => {
    const condition = { operator: "gte", value: 1234.5, dimensions: null } as const;
    expect(conditionWords(condition, { name: "Purchases", windowDays: 1 })).toBe("Purchases in 1 day ≥ 1,234.5");
    const grouped = { ...condition, dimensions: { country: "DE", isNew: true } };
    expect(conditionWords(grouped, undefined)).toBe("a deleted metric for country DE, isNew true ≥ 1,234.5");
  });

  it("write values with all of their digits", () => {
    expect(valueWords(0.000125)).toBe("0.000125");
    expect(valueWords(null)).toBe("–");
  });

  it("tell apart the values of a dimension", () => {
    expect([1, "1", true, "true", null, "null", "none", "", "DE"].map(dimensionWords)).toEqual([
      "1",
      '"1"',
      "true",
      '"true"',
      "none",
      '"null"',
      '"none"',
      '""',
      "DE",
    ]);
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    fc.assert(
      fc.property(scalar, scalar, (one, other) => {
        expect(dimensionWords(one) === dimensionWords(other)).toBe(one === other);
        expect(readDimension(dimensionWords(one))).toBe(one);
      }),
    );
    expect(groupWords({})).toBe("");
  });
});

describe("the instants of a series", () => {
  it("are round, in the range, and no more than the API answers", () => {
    const range = fc.record({
      fromMs: fc.option(fc.integer({ min: 0, max: 2_000_000_000_000 })),
      toMs: fc.option(fc.integer({ min: 2_000_000_000_001, max: 2_100_000_000_000 })),
    });
    fc.assert(
      fc.property(range, (one) => {
        const { step, fromMs, toMs } = instantsIn(one, 2_100_000_000_000);
        expect((toMs - fromMs) / step.ms).toBeLessThan(MOST_POINTS);
        expect(fromMs).toBeGreaterThanOrEqual(one.fromMs ?? 0);
        expect(fromMs).toBeLessThanOrEqual(toMs);
        if (fromMs < toMs) expect(fromMs % Math.min(step.ms, DAY_MS)).toBe(0);
      }),
    );
  });

  it("are cut where the range has no beginning, or one too long ago", () => {
    const cutOf = (days: number | null) =>
      instantsIn({ fromMs: days === null ? null : (20_000 - days) * DAY_MS, toMs: null }, 20_000 * DAY_MS).cut;
    expect([30, 365, 1_000, 5_000, null].map(cutOf)).toEqual([
      undefined,
      undefined,
      undefined,
      "too long",
      "no beginning",
    ]);
  });

  it("are as fine as the range lets them be", () => {
    const nameOf = (days: number | null) =>
      instantsIn({ fromMs: days === null ? null : (20_000 - days) * DAY_MS, toMs: null }, 20_000 * DAY_MS).step.name;
    expect([1, 7, 30, 90, 365, 399, 400, 1_000, null].map(nameOf)).toEqual([
      "hour",
      "hour",
      "6h",
      "6h",
      "day",
      "day",
      "week",
      "week",
      "day",
    ]);
  });

  it("say what the range does not show", () => {
    const HOUR_MS = DAY_MS / 24;
    const now = 20_000 * DAY_MS + 40 * 60_000;
    const wordsOf = (fromMs: number | null) => instantsWords(instantsIn({ fromMs, toMs: null }, now));
    expect(wordsOf(now - 15 * 60_000)).toMatch(/^The value at the end of the time range alone/);
    expect(wordsOf(now - HOUR_MS)).toBe("The value every hour, of the window that ends there.");
    expect(wordsOf(null)).toContain("the last year alone");
    expect(wordsOf(0)).toContain("the last 399 weeks alone");
  });
});
