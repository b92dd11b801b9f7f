import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { healthRange, OF_GROUPS, OF_PAGE, OF_ROW, rangeInside, withoutEmptyBeginning } from "./range";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 29, 7, 10, 11);
const MOST_BUCKETS = 10_000;
const MOST_GROUPS = 102;

describe("the range that health is asked for", () => {
  it("is the page's, with buckets wide enough to be hit", () => {
    const asked = healthRange({ fromMs: NOW - DAY, toMs: NOW }, NOW, OF_PAGE);
    expect(asked).toEqual({
      fromMs: NOW - DAY,
      toMs: NOW,
      granularity: { name: "15 minutes", ms: HOUR / 4 },
      isCut: false,
    });
  });

  it("has a beginning where the page's has none, and says so", () => {
    const asked = healthRange({ fromMs: null, toMs: null }, NOW, OF_ROW);
    expect(asked).toMatchObject({ fromMs: NOW - 366 * DAY, toMs: NOW, granularity: { name: "day" }, isCut: true });
  });

  it("is cut where it begins too long ago", () => {
    const asked = healthRange({ fromMs: NOW - 400 * DAY, toMs: NOW }, NOW, OF_ROW);
    expect(asked).toMatchObject({ fromMs: NOW - 366 * DAY, isCut: true });
  });

  it("never has more buckets than the API answers", () => {
    const end = fc.option(fc.integer({ min: 0, max: NOW }), { nil: null });
    const extent = fc.constantFrom([OF_ROW, 1], [OF_PAGE, 1], [OF_GROUPS, MOST_GROUPS]) as fc.Arbitrary<
      [typeof OF_ROW, number]
    >;
    fc.assert(
      fc.property(end, end, extent, (fromMs, toMs, [of, groups]) => {
        const asked = healthRange({ fromMs, toMs }, NOW, of);
        const { ms } = asked.granularity;
        // The API rounds to minutes, and buckets are aligned: two more are cut.
        const buckets = Math.max(0, Math.ceil((asked.toMs - asked.fromMs) / ms)) + 2;
        expect(buckets * groups).toBeLessThanOrEqual(MOST_BUCKETS);
      }),
    );
  });
});

describe("a bucket", () => {
  it("is cut to what its answer counts", () => {
    const answer = { from: 100, to: 1_000 };
    expect(rangeInside({ timeMs: 0, endMs: 500 }, answer)).toEqual({ from: { ms: 100 }, to: { ms: 500 } });
    expect(rangeInside({ timeMs: 500, endMs: 1_500 }, answer)).toEqual({ from: { ms: 500 }, to: { ms: 1_000 } });
  });
});

it("leaves out an empty beginning, not a gap", () => {
  const counts = (...totals: number[]) => totals.map((total) => ({ total }));
  expect(withoutEmptyBeginning(counts(0, 0, 3, 0, 1, 0))).toEqual(counts(3, 0, 1, 0));
  const none = counts(0, 0);
  expect(withoutEmptyBeginning(none)).toEqual([none[1]]);
  expect(withoutEmptyBeginning([])).toEqual([]);
});
