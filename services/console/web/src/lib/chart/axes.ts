/** The bounds and ticks of a chart's two axes, and the places of its values on the upright one. */

import type { Clock } from "../time/zone";
import { type ChartData, isDaily } from "./model";
import type { Layer } from "./stack";
import { type Bounds, logTicks, type Tick, timeTicks, valueTicks } from "./ticks";

export interface ValueAxis {
  readonly ticks: readonly Tick[];
  readonly bounds: Bounds;
  /** Return the place of a value, in the measure of `bounds` and `ticks`. */
  readonly place: (value: number) => number;
}

const MINUTE_MS = 60_000;
const VALUE_TICKS = 4;

/** Return the bounds of the time axis: the page's range with the whole of its last bucket, else those of the data. */
export function timeBounds(data: ChartData, fromMs: number | null, toMs: number | null): Bounds {
  const first = fromMs ?? data.times[0] ?? (toMs ?? 0) - MINUTE_MS;
  const end = (data.times.at(-1) ?? first) + (data.bucketMs ?? 0);
  const last = toMs === null ? end : Math.max(toMs, data.bucketMs === undefined ? toMs : end);
  return first < last ? { min: first, max: last } : { min: first - MINUTE_MS, max: first + MINUTE_MS };
}

/** Return the ticks of the time axis; days are UTC's whatever zone is chosen. */
export function ticksOfTime(data: ChartData, { min, max }: Bounds, clock: Clock, count: number): readonly Tick[] {
  return timeTicks(min, max, isDaily(data) ? { ...clock, zone: "UTC" } : clock, count);
}

export function valueAxis(data: ChartData, layers: readonly Layer[], isLog: boolean): ValueAxis {
  const shown = data.kind === "bars" ? layers.map(({ upper }) => upper) : data.series.map(({ values }) => values);
  const { min, max } = extent(shown);
  if (isLog) return logAxis(min, max);
  const ticks = valueTicks({ min, max }, data.unit, VALUE_TICKS);
  return { ticks, bounds: { min: ticks[0]?.at ?? 0, max: ticks.at(-1)?.at ?? 1 }, place: (value) => value };
}

function logAxis(min: number, max: number): ValueAxis {
  const ticks = logTicks(Math.max(1, min), Math.max(1, max));
  const least = ticks[0]?.at ?? 1;
  const place = (value: number) => Math.log10(Math.max(least, value));
  const placed = ticks.map(({ at, label }) => ({ at: place(at), label }));
  return { ticks: placed, bounds: { min: placed[0]?.at ?? 0, max: placed.at(-1)?.at ?? 1 }, place };
}

function extent(series: readonly (readonly (number | null)[])[]): Bounds {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of series.flat()) {
    if (value === null) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return min <= max ? { min, max } : { min: 0, max: 0 };
}
