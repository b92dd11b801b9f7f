/** The time range of a page: two ends, each an instant or a distance from now, as they stand in its address. */

import { toRfc3339 } from "./zone";

export const DISTANCES = ["15m", "1h", "24h", "7d", "30d"] as const;
export type Distance = (typeof DISTANCES)[number];

/** `now` less a distance; none is now itself. */
export interface FromNow {
  readonly back: Distance | null;
}
export interface At {
  readonly ms: number;
}
export type End = FromNow | At;

/** `[from, to)`; null is no bound: all time has none at either end. */
export interface Range {
  readonly from: End | null;
  readonly to: End | null;
}

/** The instants of a range at some moment. */
export interface Instants {
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

const MINUTE_MS = 60_000;
const LENGTHS: Readonly<Record<Distance, number>> = {
  "15m": 15 * MINUTE_MS,
  "1h": 60 * MINUTE_MS,
  "24h": 1_440 * MINUTE_MS,
  "7d": 7 * 1_440 * MINUTE_MS,
  "30d": 30 * 1_440 * MINUTE_MS,
};
const WORDS: Readonly<Record<Distance, string>> = {
  "15m": "Last 15 minutes",
  "1h": "Last hour",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
};
const ALL = "all";
const RFC_3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/;

export const LAST_24_HOURS: Range = lastOf("24h");
export const ALL_TIME: Range = { from: null, to: null };

export function lastOf(distance: Distance): Range {
  return { from: { back: distance }, to: { back: null } };
}

export function between(fromMs: number, toMs: number): Range {
  return { from: { ms: fromMs }, to: { ms: toMs } };
}

/** The instants that the API can read. */
const FIRST_MS = Date.parse("0001-01-01T00:00:00Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** Return the range of five minutes around an instant, with the `beforeMs` before it; less where the calendar ends. */
export function around(ms: number, beforeMs = 0): Range {
  const half = 2.5 * MINUTE_MS;
  return between(Math.max(FIRST_MS, ms - Math.max(half, beforeMs)), Math.min(LAST_MS, ms + half));
}

/** Return the range that an address names, the last 24 hours when it names none; undefined when it is wrong. */
export function parseRange(from: string | undefined, to: string | undefined): Range | undefined {
  if (from === undefined && to === undefined) return LAST_24_HOURS;
  if (from === ALL && to === undefined) return ALL_TIME;
  const [begin, end] = [from === undefined ? null : parseEnd(from), to === undefined ? null : parseEnd(to)];
  if (begin === undefined || end === undefined) return undefined;
  const range = { from: begin, to: end ?? { back: null } };
  const { fromMs, toMs } = instantsOf(range, 0);
  const isForward = fromMs === null || toMs === null || isMixed(range) || fromMs < toMs;
  return isForward ? range : undefined;
}

/** Return which of an address's two ends are wrong, where `parseRange` says that one is; both if they do not fit. */
export function wrongEnds(from: string | undefined, to: string | undefined): readonly ("from" | "to")[] {
  const isWrong = (end: string | undefined) => end !== undefined && parseEnd(end) === undefined;
  const wrong = [
    ...(isWrong(from) && from !== ALL ? (["from"] as const) : []),
    ...(isWrong(to) ? (["to"] as const) : []),
  ];
  return wrong.length > 0 ? wrong : ["from", "to"];
}

/** Return the two parameters of a range; both undefined for the last 24 hours, which need not be said. */
export function formatRange(range: Range): { from: string | undefined; to: string | undefined } {
  if (sameRange(range, LAST_24_HOURS)) return { from: undefined, to: undefined };
  if (range.from === null && range.to === null) return { from: ALL, to: undefined };
  return { from: formatEnd(range.from), to: formatEnd(range.to) };
}

/** Return the parameters of the five minutes around an instant, as a link from a record brings them. */
export function searchAround(ms: number, beforeMs = 0): ReturnType<typeof formatRange> {
  return formatRange(around(ms, beforeMs));
}

export function sameRange(one: Range, other: Range): boolean {
  return formatEnd(one.from) === formatEnd(other.from) && formatEnd(one.to) === formatEnd(other.to);
}

export function instantsOf(range: Range, nowMs: number): Instants {
  return { fromMs: instantOf(range.from, nowMs), toMs: instantOf(range.to, nowMs) };
}

/** Return a range whose ends are instants, so that it means the same tomorrow. */
export function absolute(range: Range, nowMs: number): Range {
  const { fromMs, toMs } = instantsOf(range, nowMs);
  return { from: fromMs === null ? null : { ms: fromMs }, to: toMs === null ? null : { ms: toMs } };
}

/** Return the words for a range that counts from now, or for all time; undefined for one between instants. */
export function wordsOf(range: Range): string | undefined {
  if (range.from === null && range.to === null) return "All time";
  const isRecent = range.from !== null && "back" in range.from && range.to !== null && "back" in range.to;
  return isRecent && range.from.back !== null && range.to.back === null ? WORDS[range.from.back] : undefined;
}

function parseEnd(text: string): End | undefined {
  if (text === "now") return { back: null };
  const distance = DISTANCES.find((one) => text === `now-${one}`);
  if (distance !== undefined) return { back: distance };
  const ms = RFC_3339_UTC.test(text) ? Date.parse(text) : Number.NaN;
  const isOfTheCalendar = !Number.isNaN(ms) && toRfc3339(ms).startsWith(text.slice(0, 16));
  return isOfTheCalendar ? { ms } : undefined;
}

function formatEnd(end: End | null): string | undefined {
  if (end === null) return undefined;
  if ("ms" in end) return toRfc3339(end.ms);
  return end.back === null ? "now" : `now-${end.back}`;
}

function instantOf(end: End | null, nowMs: number): number | null {
  if (end === null) return null;
  return "ms" in end ? end.ms : nowMs - (end.back === null ? 0 : LENGTHS[end.back]);
}

function isMixed(range: Range): boolean {
  return range.from !== null && range.to !== null && "ms" in range.from !== "ms" in range.to;
}
