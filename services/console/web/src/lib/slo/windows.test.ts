import fc from "fast-check";
import { expect, test } from "vitest";
import { mostUrgent, rateText, wordOf } from "./windows";

const burn = (longRate: number | null, shortRate: number | null) => ({ factor: 6, longRate, shortRate });

test("a pair of windows has a word for each way of burning", () => {
  expect(wordOf(burn(7, 8))).toBe("critical");
  expect(wordOf(burn(7, 1))).toBe("recovering");
  expect(wordOf(burn(1, 7))).toBe("rising");
  expect(wordOf(burn(1, 1))).toBe("fine");
});

test("what just reaches the factor and what has no events is not over it", () => {
  expect(wordOf(burn(6, 6))).toBe("fine");
  expect(wordOf(burn(null, null))).toBe("fine");
  expect(wordOf(burn(7, null))).toBe("recovering");
});

test("several pairs are as urgent as the most urgent of them", () => {
  expect(mostUrgent([burn(1, 1), burn(7, 1), burn(1, 7)])).toBe("rising");
  expect(mostUrgent([])).toBe("fine");
});

test("a pair is critical exactly where its alert would fire", () => {
  const rate = fc.option(fc.double({ min: 0, max: 100, noNaN: true }));
  fc.assert(
    fc.property(rate, rate, fc.double({ min: 0.1, max: 50, noNaN: true }), (longRate, shortRate, factor) => {
      const fires = (longRate ?? 0) > factor && (shortRate ?? 0) > factor;
      expect(wordOf({ factor, longRate, shortRate }) === "critical").toBe(fires);
    }),
  );
});

test("rates are written short", () => {
  expect([rateText(14.4), rateText(0), rateText(1234.5), rateText(null)]).toEqual([
    "14.4 ×",
    "0 ×",
    "1230 ×",
    "no events",
  ]);
});
