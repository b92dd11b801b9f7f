/** Where the axes have their ticks, and what stands there. */

import { type Clock, formatInstant, ofWallClock, wallClockAt } from "../time/zone";
import { DAY_MS, formatAxisValue, type Unit } from "./model";

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** The first Monday of the epoch, so that weeks begin on Mondays. */
const MONDAY_MS = 4 * DAY_MS;

const FRACTIONS = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const SIXTIETHS = [1, 2, 5, 10, 15, 30];
const HOURS = [1, 2, 3, 6, 12].map((count) => count * HOUR_MS);
const CLOCK_STEPS: readonly number[] = [
  ...FRACTIONS,
  ...SIXTIETHS.map((count) => count * SECOND_MS),
  ...SIXTIETHS.map((count) => count * MINUTE_MS),
  ...HOURS,
];
const DAY_STEPS: readonly number[] = [1, 2, 7, 14].map((count) => count * DAY_MS);
const MONTH_STEPS: readonly number[] = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1_200];
const MONTH_MS = 30.44 * DAY_MS;

/** Return the ticks of a time axis, at most `count` of them, at round times of the clock's zone. */
export function timeTicks(fromMs: number, toMs: number, clock: Clock, count: number): readonly Tick[] {
  const least = (toMs - fromMs) / Math.max(1, count);
  const step = [...CLOCK_STEPS, ...DAY_STEPS].find((one) => one >= least);
  if (step === undefined) return monthTicks(fromMs, toMs, clock, least);
  const base = DAY_STEPS.includes(step) ? MONDAY_MS : 0;
  const first = Math.ceil((wallClockAt(fromMs, clock.zone) - base) / step);
  const ticks: number[] = [];
  for (let index = first; ; index += 1) {
    const ms = ofWallClock(base + index * step, clock.zone);
    if (ms > toMs) break;
    if (ms >= fromMs && ms > (ticks.at(-1) ?? Number.NEGATIVE_INFINITY)) ticks.push(ms);
  }
  return DAY_STEPS.includes(step) ? labelDays(ticks, clock) : labelTimes(ticks, clock, step);
}

function monthTicks(fromMs: number, toMs: number, { zone }: Clock, least: number): readonly Tick[] {
  const step = MONTH_STEPS.find((one) => one * MONTH_MS >= least) ?? Math.ceil(least / MONTH_MS / 12) * 12;
  const begin = new Date(wallClockAt(fromMs, zone));
  const first = Math.ceil((begin.getUTCFullYear() * 12 + begin.getUTCMonth()) / step) * step;
  const ticks: Tick[] = [];
  for (let month = first; ; month += step) {
    const wall = new Date(0);
    wall.setUTCFullYear(Math.floor(month / 12), month % 12, 1);
    const at = ofWallClock(wall.getTime(), zone);
    if (at > toMs) return ticks;
    if (at >= fromMs) ticks.push({ at, label: wall.toISOString().slice(0, step % 12 ? 7 : 4) });
  }
}

/** Label times of day; the day stands below the first one and wherever another begins. */
function labelTimes(ticks: readonly number[], clock: Clock, step: number): readonly Tick[] {
  const shape = { date: false, seconds: step < MINUTE_MS, millis: step < SECOND_MS };
  return withChanges(ticks, (ms) => [formatInstant(ms, clock, shape), formatInstant(ms, clock).slice(0, 10)]);
}

/** Label days; the year stands below the first one and wherever another begins. */
function labelDays(ticks: readonly number[], clock: Clock): readonly Tick[] {
  return withChanges(ticks, (ms) => {
    const day = formatInstant(ms, clock).slice(0, 10);
    return [day.slice(5), day.slice(0, 4)];
  });
}

function withChanges(ticks: readonly number[], wordsOf: (ms: number) => readonly [string, string]): readonly Tick[] {
  let before = "";
  return ticks.map((at) => {
    const [words, below] = wordsOf(at);
    const label = below === before ? words : `${words}\n${below}`;
    before = below;
    return { at, label };
  });
}

const DURATIONS: readonly number[] = [
  ...FRACTIONS,
  ...SIXTIETHS.map((count) => count * SECOND_MS),
  ...SIXTIETHS.map((count) => count * MINUTE_MS),
  ...HOURS,
  DAY_MS,
];

/**
 * Return the ticks of a value axis, about `count` of them: from the last that no value falls below to the first that
 * none exceeds, zero among them.
 */
export function valueTicks({ min, max }: Bounds, unit: Unit, count: number): readonly Tick[] {
  const [least, most] = [Math.min(0, min), Math.max(0, max)];
  const about = (most > least ? most - least : 1) / Math.max(1, count);
  const step = unit === "duration" ? durationStep(about) : Math.max(unit === "count" ? 1 : 0, roundStep(about));
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => tickAt((first + index) * step, unit));
}

function durationStep(least: number): number {
  return DURATIONS.find((one) => one >= least && one >= 1) ?? roundStep(least / DAY_MS) * DAY_MS;
}

/** Return the least of 1, 2, 5 times a power of ten that is no less. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((digit) => digit * power >= least * (1 - 1e-9)) ?? 10) * power;
}

const DECADES: readonly number[] = [
  1,
  10,
  100,
  SECOND_MS,
  10 * SECOND_MS,
  MINUTE_MS,
  10 * MINUTE_MS,
  HOUR_MS,
  10 * HOUR_MS,
  ...[1, 10, 100, 1_000, 10_000].map((count) => count * DAY_MS),
];

/** Return the ticks of a logarithmic axis of durations, from the last no value falls below to the first none exceeds. */
export function logTicks(min: number, max: number): readonly Tick[] {
  const first = Math.max(
    0,
    DECADES.findLastIndex((one) => one <= min),
  );
  const after = DECADES.findIndex((one) => one >= max);
  const last = Math.max(first + 1, after < 0 ? DECADES.length - 1 : after);
  return DECADES.slice(first, last + 1).map((one) => tickAt(one, "duration"));
}

function tickAt(value: number, unit: Unit): Tick {
  const at = Number(value.toPrecision(12));
  return { at, label: formatAxisValue(at, unit) };
}
