/** What a chart shows, in one sentence. */

import { formatNumber, formatShare } from "../numbers";
import { type Clock, formatInstant } from "../time/zone";
import { type ChartData, formatValue, isDaily, type Series } from "./model";

/** Write an instant of a chart: a day of UTC where the buckets are days, else a time in the chosen zone. */
export function formatChartTime(data: ChartData, ms: number, clock: Clock): string {
  if (isDaily(data)) return new Date(ms).toISOString().slice(0, 10);
  const isCoarse = data.bucketMs !== undefined && data.bucketMs % 60_000 === 0;
  return formatInstant(ms, clock, { seconds: !isCoarse, millis: data.bucketMs === undefined });
}

/** Sum up counts: how many, when the most came, and what they are made of. `noun` names them: `interactions`. */
export function countSummary(data: ChartData, noun: string, clock: Clock): string {
  const totals = data.times.map((_, index) => sum(data.series.map(({ values }) => values[index] ?? 0)));
  const total = sum(totals);
  if (total === 0) return `No ${noun}.`;
  const most = totals.reduce((best, value, index) => (value > (totals[best] ?? 0) ? index : best), 0);
  const peak = `most at ${formatChartTime(data, data.times[most] ?? 0, clock)}: ${formatNumber(totals[most] ?? 0)}`;
  return `${formatNumber(total)} ${noun}, ${peak}${partsOf(data.series, total)}.`;
}

function partsOf(series: readonly Series[], total: number): string {
  if (series.length < 2) return "";
  const shares = series.map(({ name, values }) => ({ name, share: sum(values.map((value) => value ?? 0)) / total }));
  const largest = shares.sort((one, other) => other.share - one.share).slice(0, 3);
  return `; ${largest.map(({ name, share }) => `${name} ${formatShare(share)}`).join(", ")}`;
}

/** Sum up measured values, series by series: the last one, and between which they lie. */
export function valueSummary(data: ChartData): string {
  const parts = data.series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    const [least, last, most] = [min(known), known.at(-1), max(known)];
    if (last === undefined) return `${name} without data`;
    const between = `between ${formatValue(least, data.unit)} and ${formatValue(most, data.unit)}`;
    return `${name} ${formatValue(last, data.unit)} at the end, ${between}`;
  });
  return `${parts.join("; ")}.`;
}

/** Sum up points: how many there are, their median, and the greatest. `noun` names them: `traces`. */
export function pointSummary(data: ChartData, noun: string): string {
  const known = data.series.flatMap(({ values }) => values.filter((value) => value !== null)).sort((a, b) => a - b);
  if (known.length === 0) return `No ${noun}.`;
  const median = known[known.length >> 1] ?? 0;
  const greatest = formatValue(known.at(-1) ?? 0, data.unit);
  return `${formatNumber(known.length)} ${noun}, half of them up to ${formatValue(median, data.unit)}, at most ${greatest}.`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function min(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

function max(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}
