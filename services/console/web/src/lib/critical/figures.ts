/** The charts of a critical interaction's health: which figure stands in which, its series, and what a point counts. */

import { MOST_SERIES } from "../chart/looks";
import type { ChartData, Series, Unit } from "../chart/model";
import { CATEGORIES, OUTCOMES, type ResultFilter } from "./results";

/** The figures of a range or a bucket, as far as charts show them. */
export interface Figures {
  readonly total: number;
  readonly completed: number;
  readonly errored: number;
  readonly aborted: number;
  readonly apdex: number | null;
  readonly strictApdex: number | null;
  readonly errorRate: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly throughputPerMinute: number;
  readonly categories: Readonly<Record<"excellent" | "good" | "average" | "poor", number>>;
}

export interface Bucket extends Figures {
  readonly start: number;
}

export interface Group extends Figures {
  readonly value: string | null;
  readonly series: readonly Bucket[];
}

/** The metrics of alert rules, each by the chart that shows it. */
const CHART_OF = {
  apdex: "apdex",
  strictApdex: "apdex",
  errorRate: "rates",
  abortRate: "rates",
  burnRate: "rates",
  completed: "outcomes",
  errored: "outcomes",
  aborted: "outcomes",
  poorRate: "categories",
  p50: "percentiles",
  p95: "percentiles",
  p99: "percentiles",
  throughputPerMinute: "throughput",
} as const;

export type Metric = keyof typeof CHART_OF;
export const METRICS = Object.keys(CHART_OF) as readonly Metric[];

interface Line {
  readonly name: string;
  readonly of: (figures: Figures) => number | null;
  /** The results that a point counts. */
  readonly filter: ResultFilter;
  readonly isError?: boolean;
}

export interface FigureChart {
  readonly name: (typeof CHART_OF)[Metric];
  readonly caption: string;
  readonly kind: "bars" | "lines";
  readonly unit: Unit;
  readonly lines: readonly Line[];
  /** The line that stands for all where results are counted group by group; absent where none does. */
  readonly grouped?: Line & { readonly caption: string };
}

const COMPLETED: ResultFilter = { outcome: "completed" };
const APDEX: Line = { name: "Apdex", of: ({ apdex }) => apdex, filter: COMPLETED };
const ERROR_RATE: Line = {
  name: "error rate",
  of: ({ errorRate }) => errorRate,
  filter: { outcome: "errored" },
  isError: true,
};
const P95: Line = { name: "p95", of: ({ p95 }) => p95, filter: COMPLETED };
const THROUGHPUT: Line = { name: "results", of: ({ throughputPerMinute }) => throughputPerMinute, filter: {} };

export const CHARTS: readonly FigureChart[] = [
  {
    name: "apdex",
    caption: "Apdex",
    kind: "lines",
    unit: "score",
    lines: [APDEX, { name: "strict Apdex", of: ({ strictApdex }) => strictApdex, filter: {} }],
    grouped: { ...APDEX, caption: "Apdex" },
  },
  {
    name: "rates",
    caption: "Error rate and abort rate",
    kind: "lines",
    unit: "ratio",
    lines: [
      ERROR_RATE,
      {
        name: "abort rate",
        of: ({ aborted, total }) => (total ? aborted / total : null),
        filter: { outcome: "aborted" },
      },
    ],
    grouped: { ...ERROR_RATE, caption: "Error rate" },
  },
  {
    name: "outcomes",
    caption: "Outcomes",
    kind: "bars",
    unit: "count",
    lines: OUTCOMES.map((outcome) => ({
      name: outcome,
      of: (figures) => figures[outcome],
      filter: { outcome },
      isError: outcome === "errored",
    })),
    grouped: { name: "results", of: ({ total }) => total, filter: {}, caption: "Results" },
  },
  {
    name: "categories",
    caption: "Categories of completed ones",
    kind: "bars",
    unit: "count",
    lines: CATEGORIES.map((category) => ({
      name: category,
      of: ({ categories }) => categories[category.toLowerCase() as keyof Figures["categories"]],
      filter: { category },
    })),
  },
  {
    name: "percentiles",
    caption: "Duration of completed ones",
    kind: "lines",
    unit: "duration",
    lines: [
      { name: "p50", of: ({ p50 }) => p50, filter: COMPLETED },
      P95,
      { name: "p99", of: ({ p99 }) => p99, filter: COMPLETED },
    ],
    grouped: { ...P95, caption: "p95 of completed ones" },
  },
  {
    name: "throughput",
    caption: "Throughput",
    kind: "lines",
    unit: "rate",
    lines: [THROUGHPUT],
    grouped: { ...THROUGHPUT, caption: "Throughput" },
  },
];

/** Return the charts, that of a metric first. */
export function chartsFor(metric: Metric | undefined): readonly FigureChart[] {
  const meant = metric === undefined ? undefined : CHART_OF[metric];
  return [...CHARTS.filter(({ name }) => name === meant), ...CHARTS.filter(({ name }) => name !== meant)];
}

export function isChartOf({ name }: FigureChart, metric: Metric | undefined): boolean {
  return metric !== undefined && CHART_OF[metric] === name;
}

export function chartData({ kind, unit, lines }: FigureChart, buckets: readonly Bucket[], bucketMs: number): ChartData {
  return {
    kind,
    unit,
    bucketMs,
    times: buckets.map(({ start }) => start),
    series: lines.map((line) => seriesOf(line, buckets)),
  };
}

function seriesOf({ name, of, isError }: Line, buckets: readonly Bucket[]): Series {
  return { name, values: buckets.map(of), ...(isError ? { isError } : {}) };
}

/** Return the groups that a chart can tell apart: those with the most results, which come first. */
export function shownGroups<G>(groups: readonly G[]): readonly G[] {
  return groups.slice(0, MOST_SERIES);
}

export function groupName(value: string | null): string {
  return value ?? "without a value";
}

/** Return one series a group; undefined for a chart that has no line for all. */
export function groupedData(
  { kind, unit, grouped }: FigureChart,
  groups: readonly Group[],
  bucketMs: number,
): ChartData | undefined {
  if (grouped === undefined) return undefined;
  const shown = shownGroups(groups);
  return {
    kind,
    unit,
    bucketMs,
    times: shown[0]?.series.map(({ start }) => start) ?? [],
    series: shown.map(({ value, series }) => ({ name: groupName(value), values: series.map(grouped.of) })),
  };
}

/** Return which results a place of a chart counts; a place of no series counts those of the first, or of all bars. */
export function filterAt({ kind, lines }: FigureChart, series: number | null): ResultFilter {
  if (series === null && kind === "bars") return lines[0]?.filter.category === undefined ? {} : COMPLETED;
  return lines[series ?? 0]?.filter ?? {};
}
