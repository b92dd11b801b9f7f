import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contrast, parseHex, type Rgb } from "../colour";
import { between } from "../time/range";
import { UTC_CLOCK } from "../time/zone";
import { ticksOfTime, timeBounds, valueAxis } from "./axes";
import { bucketSeries, countable, granularityOf, MOST_COUNTS, rangeOfBucket } from "./buckets";
import { ERROR_LOOK, INK, LOOKS, MOST_SERIES, PAPER, type Scheme } from "./looks";
import { type ChartData, pointAt } from "./model";
import { indexAtOrBefore, nearestIndex, nearestPoint, stack } from "./stack";
import { countSummary, pointSummary, valueSummary } from "./summary";
import { logTicks, timeTicks, valueTicks } from "./ticks";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const AT = Date.UTC(2026, 2, 28);

describe("the looks of series", () => {
  const rgb = (hex: string) => parseHex(hex) as Rgb;
  const all = [...LOOKS, ERROR_LOOK];

  it.each(["light", "dark"] as Scheme[])("stand out from the page in the %s scheme", (scheme) => {
    for (const { colour } of all) {
      expect(contrast(rgb(colour[scheme]), rgb(PAPER[scheme]))).toBeGreaterThanOrEqual(3);
    }
    expect(contrast(rgb(INK[scheme]), rgb(PAPER[scheme]))).toBeGreaterThanOrEqual(4.5);
  });

  it("are told apart without their colours", () => {
    for (const mark of ["tile", "marker"] as const)
      expect(new Set(all.map((look) => look[mark])).size).toBe(all.length);
    expect(new Set(all.map(({ dash }) => dash.join())).size).toBe(all.length);
  });
});

describe("the ticks of time", () => {
  it("are round in the chosen zone, and name the day where it begins", () => {
    const ticks = timeTicks(AT + 20 * HOUR, AT + 28 * HOUR, { zone: "Asia/Kolkata", hour12: false }, 5);
    expect(ticks.map(({ label }) => label)).toEqual(["02:00\n2026-03-29", "04:00", "06:00", "08:00"]);
  });

  it("are days of UTC where the buckets are, whatever zone is chosen", () => {
    const data: ChartData = { kind: "bars", times: [AT], series: [], unit: "count", bucketMs: DAY };
    const ticks = ticksOfTime(data, { min: AT, max: AT + 2 * DAY }, { zone: "Asia/Kolkata", hour12: false }, 3);
    expect(ticks.map(({ at }) => at)).toEqual([AT, AT + DAY, AT + 2 * DAY]);
  });

  it("begin days at midnight across a change of the clock", () => {
    const ticks = timeTicks(AT, AT + 3 * DAY, { zone: "Europe/Zurich", hour12: false }, 4);
    expect(ticks.map(({ at }) => new Date(at).toISOString().slice(5, 16))).toEqual([
      "03-28T23:00",
      "03-29T22:00",
      "03-30T22:00",
    ]);
  });

  it("are months and years where there is room for no more", () => {
    expect(timeTicks(AT, AT + 200 * DAY, UTC_CLOCK, 3).map(({ label }) => label)).toEqual([
      "2026-04",
      "2026-07",
      "2026-10",
    ]);
    expect(timeTicks(AT, AT + 2_000 * DAY, UTC_CLOCK, 3).map(({ label }) => label)).toEqual(["2028", "2030"]);
  });

  it("are never more than asked for, ascend and lie inside", () => {
    const lengths = fc.integer({ min: 1, max: 4_000 * DAY });
    const zones = fc.constantFrom("UTC", "Asia/Kolkata", "America/New_York");
    fc.assert(
      fc.property(lengths, zones, fc.integer({ min: 2, max: 12 }), (length, zone, count) => {
        const at = timeTicks(AT, AT + length, { zone, hour12: false }, count).map((tick) => tick.at);
        expect(at.length).toBeLessThanOrEqual(count + 1);
        expect(
          at.every((ms, index) => ms >= AT && ms <= AT + length && (index === 0 || ms > (at[index - 1] ?? 0))),
        ).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("the ticks of values", () => {
  const labels = (ticks: readonly { label: string }[]) => ticks.map(({ label }) => label).join(" ");

  it.each([
    [valueTicks({ min: 0, max: 37 }, "count", 4), "0 10 20 30 40"],
    [valueTicks({ min: 0, max: 1 }, "count", 4), "0 1"],
    [valueTicks({ min: 0, max: 0 }, "count", 4), "0 1"],
    [valueTicks({ min: 0, max: 45_000 }, "count", 4), "0 20K 40K 60K"],
    [valueTicks({ min: 0, max: 2_300 }, "duration", 4), "0 ms 1 s 2 s 3 s"],
    [valueTicks({ min: 0, max: 0.05 }, "ratio", 5), "0% 1% 2% 3% 4% 5%"],
    [valueTicks({ min: -37, max: 0 }, "count", 4), "-40 -30 -20 -10 0"],
    [valueTicks({ min: -5, max: 12 }, "count", 4), "-5 0 5 10 15"],
    [valueTicks({ min: 4, max: 12 }, "count", 4), "0 5 10 15"],
    [valueTicks({ min: -0.3, max: 0.12 }, "number", 4), "-0.4 -0.2 0 0.2"],
    [logTicks(3, 4_000), "1 ms 10 ms 100 ms 1 s 10 s"],
  ])("reach beyond the least and the greatest, with zero among them: %#", (ticks, expected) => {
    expect(labels(ticks)).toBe(expected);
  });
});

const BARS: ChartData = {
  kind: "bars",
  unit: "count",
  bucketMs: HOUR,
  times: [AT, AT + HOUR, AT + 2 * HOUR],
  series: [
    { name: "CREATE", values: [1, 0, 4] },
    { name: "READ", values: [2, null, 3] },
  ],
};

it("puts series on top of each other", () => {
  expect(stack(BARS.series)).toEqual([
    { lower: [0, 0, 0], upper: [1, 0, 4] },
    { lower: [1, 0, 4], upper: [3, null, 7] },
  ]);
  expect(valueAxis(BARS, stack(BARS.series), false).bounds).toEqual({ min: 0, max: 8 });
});

it("has room for values below zero", () => {
  const lines: ChartData = {
    ...BARS,
    kind: "lines",
    unit: "number",
    series: [{ name: "balance", values: [-75, null, 10] }],
  };
  expect(valueAxis(lines, [], false).bounds).toEqual({ min: -100, max: 50 });
});

it("spans the range of the page, or the data where that has no end", () => {
  expect(timeBounds(BARS, AT, null)).toEqual({ min: AT, max: AT + 3 * HOUR });
  expect(timeBounds(BARS, AT, AT + 2 * HOUR + 60_000)).toEqual({ min: AT, max: AT + 3 * HOUR });
  expect(timeBounds({ ...BARS, times: [] }, AT, AT + DAY)).toEqual({ min: AT, max: AT + DAY });
});

describe("places under a pointer", () => {
  const times = [0, 10, 20, 20, 40];
  const series = [{ name: "a", values: [1, null, 5, 9, 2] }];
  const exact = { ofTime: (ms: number) => ms - 19, ofValue: (value: number) => value - 8 };

  it("are found by time", () => {
    expect([-1, 0, 19, 20, 99].map((ms) => indexAtOrBefore(times, ms))).toEqual([-1, 0, 1, 3, 4]);
    expect([-5, 4, 6, 99].map((ms) => nearestIndex(times, ms))).toEqual([0, 0, 1, 4]);
  });

  it("are found by time and value", () => {
    expect(nearestPoint(times, series, 19, 5, exact)).toEqual({ index: 3, series: 0 });
    expect(nearestPoint(times, series, 19, 1, exact)).toBeUndefined();
  });
});

describe("buckets", () => {
  it("holds what one answer holds, however long the range is and however many groups there are", () => {
    const spans = fc.integer({ min: 1, max: 10_000 * 365 * DAY });
    fc.assert(
      fc.property(spans, fc.integer({ min: 0, max: 500 }), (spanMs, groups) => {
        const { granularity, fromMs, isGrouped } = countable(AT - spanMs, AT, groups);
        const [first, last] = [Math.floor(fromMs / granularity.ms), Math.floor((AT - 1) / granularity.ms)];
        expect((last - first + 1) * (isGrouped ? groups : 1)).toBeLessThanOrEqual(MOST_COUNTS);
        expect(fromMs).toBeGreaterThanOrEqual(AT - spanMs);
      }),
    );
  });

  it("is grouped and whole where it can be", () => {
    const decade = countable(AT - 3_650 * DAY, AT, 2);
    expect([decade.isGrouped, decade.fromMs]).toEqual([true, AT - 3_650 * DAY]);
    expect(countable(AT - 3_650 * DAY, AT, 3).isGrouped).toBe(false);
    const longest = countable(AT - 40_000 * DAY, AT, 3);
    expect([longest.isCut, longest.fromMs]).toEqual([true, AT - (MOST_COUNTS - 1) * DAY]);
  });

  it("are coarser the longer the range is", () => {
    const names = [DAY, 3 * DAY, 30 * DAY, 365 * DAY].map((length) => granularityOf(AT, AT + length).name);
    expect(names).toEqual(["15 minutes", "hour", "6 hours", "day"]);
  });

  it("keep the largest groups and sum up the rest, so that none is lost", () => {
    const groups = Array.from({ length: MOST_SERIES + 3 }, (_, index) => ({ key: `k${index}`, count: index }));
    const count = groups.reduce((total, group) => total + group.count, 0);
    const { series } = bucketSeries([{ bucket: new Date(AT).toISOString(), count, groups }], "all");
    expect(series.map(({ name }) => name)).toEqual(["k9", "k8", "k7", "k6", "k5", "k4", "others"]);
    expect(series.reduce((total, { values }) => total + (values[0] ?? 0), 0)).toBe(count);
  });

  it("lead to what they count, which ends where the page's range does", () => {
    const bucket = pointAt(BARS, 1, null);
    expect(rangeOfBucket(bucket, { fromMs: null, toMs: null })).toEqual(between(AT + HOUR, AT + 2 * HOUR - 1));
    const within = { fromMs: AT + HOUR + 5, toMs: AT + HOUR + 9 };
    expect(rangeOfBucket(bucket, within)).toEqual(between(within.fromMs, within.toMs));
  });

  it("without groups are one series", () => {
    const { series } = bucketSeries([{ bucket: new Date(AT).toISOString(), count: 3 }], "interactions");
    expect(series).toEqual([{ name: "interactions", values: [3] }]);
  });
});

describe("a summary", () => {
  it("counts", () => {
    expect(countSummary(BARS, "interactions", UTC_CLOCK)).toBe(
      "10 interactions, most at 2026-03-28 02:00: 7; CREATE 50%, READ 50%.",
    );
    expect(countSummary({ ...BARS, times: [], series: [] }, "events", UTC_CLOCK)).toBe("No events.");
  });

  it("names days of UTC whatever the zone", () => {
    const daily = { ...BARS, bucketMs: DAY, times: [AT, AT + DAY, AT + 2 * DAY] };
    expect(countSummary(daily, "events", { zone: "America/New_York", hour12: false })).toContain("at 2026-03-30:");
  });

  it("says between which values a line lies, and that it has none", () => {
    const series = [
      { name: "p95", values: [120, null, 90] },
      { name: "p50", values: [null, null, null] },
    ];
    expect(valueSummary({ ...BARS, kind: "lines", unit: "duration", series })).toBe(
      "p95 90 ms at the end, between 90 ms and 120 ms; p50 without data.",
    );
  });

  it("says where most points lie", () => {
    const points: ChartData = {
      kind: "scatter",
      unit: "duration",
      times: [1, 2, 3],
      series: [{ name: "ok", values: [9, 5, 2_000] }],
    };
    expect(pointSummary(points, "traces")).toBe("3 traces, half of them up to 9 ms, at most 2 s.");
  });
});
