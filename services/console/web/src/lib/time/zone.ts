/** Instants in words, in a zone that is always named. */

/** `UTC`, `browser`, or a zone's name from the IANA database. */
export type ZoneChoice = string;

export interface Clock {
  readonly zone: ZoneChoice;
  readonly hour12: boolean;
}

export const UTC_CLOCK: Clock = { zone: "UTC", hour12: false };

export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Return the name of the zone that a choice stands for. */
export function zoneName(zone: ZoneChoice): string {
  return zone === "browser" ? browserZone() : zone;
}

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export function allZones(): readonly string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((name) => name !== "UTC")];
}

interface Shape {
  readonly date?: boolean;
  readonly seconds?: boolean;
  readonly millis?: boolean;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(clock: Clock): Intl.DateTimeFormat {
  const key = `${clock.zone} ${clock.hour12}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zoneName(clock.zone),
      era: "short",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      fractionalSecondDigits: 3,
      hourCycle: clock.hour12 ? "h12" : "h23",
    });
    formats.set(key, format);
  }
  return format;
}

/** Return what a clock shows at an instant, part by part; the year before the first is year 0. */
function partsAt(ms: number, clock: Clock): Readonly<Record<string, string>> {
  const parts = Object.fromEntries(
    formatOf(clock)
      .formatToParts(ms)
      .map((part) => [part.type, part.value]),
  );
  const year = Number(parts.year);
  return { ...parts, year: String(parts.era?.startsWith("B") ? 1 - year : year).padStart(4, "0") };
}

/** Write an instant as `2026-01-15 10:30:02`, with as much of it as `shape` asks for. */
export function formatInstant(ms: number, clock: Clock, shape: Shape = {}): string {
  const { date = true, seconds = true, millis = false } = shape;
  const parts = partsAt(ms, clock);
  const day = `${parts.year}-${parts.month}-${parts.day}`;
  const fraction = millis ? `.${parts.fractionalSecond}` : "";
  const time = `${parts.hour}:${parts.minute}${seconds || millis ? `:${parts.second}${fraction}` : ""}`;
  const half = clock.hour12 ? ` ${(parts.dayPeriod ?? "").toLowerCase()}` : "";
  return date ? `${day} ${time}${half}` : `${time}${half}`;
}

/** Write an instant as RFC 3339 in UTC, to the millisecond. */
export function toRfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

const STEPS: readonly (readonly [number, string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

/** Write how long ago an instant was, or how soon it is: `3 min ago`, `in 2 h`. */
export function formatAgo(ms: number, nowMs: number): string {
  const distance = Math.abs(nowMs - ms);
  const [size, unit] = STEPS.find(([step]) => distance >= step) ?? [1_000, "s"];
  const amount = Math.floor(distance / size);
  if (amount === 0) return "just now";
  return ms <= nowMs ? `${amount} ${unit} ago` : `in ${amount} ${unit}`;
}

/** Write a duration with the unit that fits: `840 ms`, `2.5 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `−${formatDuration(-ms)}`;
  if (ms < 60_000) return formatShort(ms);
  const index = STEPS.findIndex(([step]) => ms >= step);
  const [size, unit] = STEPS[index] ?? [1_000, "s"];
  const [smaller, smallerUnit] = STEPS[index + 1] ?? [1_000, "s"];
  const rest = Math.floor((ms % size) / smaller);
  return `${Math.floor(ms / size)} ${unit}${rest ? ` ${rest} ${smallerUnit}` : ""}`;
}

/** Write less than a minute to three digits; what they make a whole second, or a minute, is one. */
function formatShort(ms: number): string {
  const shown = Number.isInteger(ms) && ms < 1_000 ? ms : Number(ms.toPrecision(3));
  if (shown >= 60_000) return formatDuration(shown);
  return shown < 1_000 ? `${shown} ms` : `${shown / 1_000} s`;
}

const TYPED = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?(Z)?$/;

/** Read an instant as people type it, `2026-01-15 13:05`, in a zone, or with a `Z` in UTC; undefined when it is none. */
export function parseInstant(text: string, zone: ZoneChoice): number | undefined {
  const match = TYPED.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const millis = Number((match[7] ?? "0").padEnd(3, "0"));
  const wall = new Date(0);
  wall.setUTCFullYear(year ?? 0, (month ?? 1) - 1, day);
  wall.setUTCHours(hour ?? 0, minute, second, millis);
  const isOfTheCalendar = wall.getUTCDate() === day && wall.getUTCHours() === hour && wall.getUTCMinutes() === minute;
  if (!isOfTheCalendar) return undefined;
  return match[8] ? wall.getTime() : ofWallClock(wall.getTime(), zone);
}

/** Return what a zone's clock shows at an instant, given as if it were UTC. */
export function wallClockAt(ms: number, zone: ZoneChoice): number {
  const parts = partsAt(ms, { zone, hour12: false });
  const of = (name: string) => Number(parts[name]);
  const wall = new Date(0);
  wall.setUTCFullYear(of("year"), of("month") - 1, of("day"));
  return wall.setUTCHours(of("hour"), of("minute"), of("second"), of("fractionalSecond"));
}

/** Return the instant at which a zone's clock shows a time, given as if it were UTC. */
export function ofWallClock(wallMs: number, zone: ZoneChoice): number {
  const offsetAt = (ms: number) => wallClockAt(ms, zone) - ms;
  const first = wallMs - offsetAt(wallMs);
  return wallMs - offsetAt(first);
}
