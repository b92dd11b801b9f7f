import { describe, expect, it } from "vitest";
import {
  type Bucket,
  CHARTS,
  chartData,
  chartsFor,
  filterAt,
  type Group,
  groupedData,
  isChartOf,
  METRICS,
} from "./figures";
import { traceSearch } from "./results";

const chart = (name: string) => CHARTS.find((one) => one.name === name) ?? expect.fail(name);

function bucket(start: number, figures: Partial<Bucket> = {}): Bucket {
  const none = { apdex: null, strictApdex: null, errorRate: null, p50: null, p95: null, p99: null };
  const counts = { total: 0, completed: 0, errored: 0, aborted: 0, throughputPerMinute: 0 };
  return { start, ...none, ...counts, categories: { excellent: 0, good: 0, average: 0, poor: 0 }, ...figures };
}

describe("the charts of health", () => {
  it("show each metric of an alert rule in one chart, which comes first when it is meant", () => {
    for (const metric of METRICS) {
      const [first, ...rest] = chartsFor(metric);
      expect(first && isChartOf(first, metric)).toBe(true);
      expect(rest.some((one) => isChartOf(one, metric))).toBe(false);
      expect(rest).toHaveLength(CHARTS.length - 1);
    }
    expect(chartsFor(undefined)).toEqual(CHARTS);
  });

  it("leave a gap where a ratio has nothing to divide by", () => {
    const data = chartData(chart("rates"), [bucket(0), bucket(60, { total: 4, aborted: 1, errorRate: 0 })], 60);
    expect(data.series.map(({ values }) => values)).toEqual([
      [null, 0],
      [null, 0.25],
    ]);
  });

  it("have one series a group, as many as can be told apart", () => {
    const groups: Group[] = [..."ABCDEFGHI"].map((value) => ({
      ...bucket(0),
      value: value === "B" ? null : value,
      series: [bucket(0, { total: 2 })],
    }));
    const data = groupedData(chart("outcomes"), groups, 60);
    expect(data?.series.map(({ name }) => name).join(" ")).toBe("A without a value C D E F G");
    expect(groupedData(chart("categories"), groups, 60)).toBeUndefined();
  });

  it("say which results a place counts", () => {
    expect(filterAt(chart("outcomes"), 1)).toEqual({ outcome: "errored" });
    expect(filterAt(chart("outcomes"), null)).toEqual({});
    expect(filterAt(chart("categories"), 3)).toEqual({ category: "Poor" });
    expect(filterAt(chart("categories"), null)).toEqual({ outcome: "completed" });
    expect(filterAt(chart("rates"), null)).toEqual({ outcome: "errored" });
    expect(filterAt(chart("rates"), 1)).toEqual({ outcome: "aborted" });
    expect(filterAt(chart("apdex"), 1)).toEqual({});
    expect(filterAt(chart("percentiles"), null)).toEqual({ outcome: "completed" });
  });
});

it("leads from a result to the records of one unit of work", () => {
  const steps = [
    { recordId: "a", uowId: "one" },
    { recordId: "b", uowId: "other" },
    { recordId: "c", uowId: "one" },
    { recordId: "a", uowId: "one" },
  ];
  const startedAt = Date.UTC(2026, 0, 1);
  expect(traceSearch({ startedAt, endedAt: startedAt + 60_000, steps }, "one")).toEqual({
    mark: ["a", "c"],
    from: "2025-12-31T23:57:30.000Z",
    to: "2026-01-01T00:03:30.000Z",
  });
});
