/** For how long an alert rule may be snoozed, as people choose it. */

import { type Clock, parseInstant, toRfc3339 } from "../time/zone";

export const UNTIL = "until";
/** Minutes, as the API takes them, or until a time that is typed. */
export const LENGTHS = {
  "15": "15 minutes",
  "60": "1 hour",
  "240": "4 hours",
  "1440": "1 day",
  [UNTIL]: "Until a time",
} as const;
export type Length = keyof typeof LENGTHS;

export interface Snooze {
  readonly minutes: Length;
  /** A time as people type it; read where `minutes` says so. */
  readonly until: string;
}

/** Return what is wrong with the time that is typed; undefined where nothing is, or none is asked for. */
export function faultOf({ minutes, until }: Snooze, clock: Clock, nowMs: number): string | undefined {
  if (minutes !== UNTIL) return undefined;
  const ms = parseInstant(until, clock.zone);
  if (ms === undefined) return "A time as 2027-01-15 or 2027-01-15 13:05";
  return ms <= nowMs ? "A time to come is expected" : undefined;
}

/** Return what the API takes. */
export function bodyOf({ minutes, until }: Snooze, clock: Clock): { minutes: number } | { until: string } {
  if (minutes !== UNTIL) return { minutes: Number(minutes) };
  return { until: toRfc3339(parseInstant(until, clock.zone) ?? 0) };
}
