import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatAgo,
  formatDuration,
  formatInstant,
  isZone,
  ofWallClock,
  parseInstant,
  UTC_CLOCK,
  wallClockAt,
} from "./zone";

const AT = Date.UTC(2026, 0, 15, 13, 5, 2, 7);

describe("an instant", () => {
  it("is written in the chosen zone", () => {
    expect(formatInstant(AT, UTC_CLOCK)).toBe("2026-01-15 13:05:02");
    expect(formatInstant(AT, { zone: "Asia/Tokyo", hour12: false }, { millis: true })).toBe("2026-01-15 22:05:02.007");
  });

  it("is written by a clock of twelve hours when asked", () => {
    expect(formatInstant(AT, { zone: "UTC", hour12: true }, { date: false, seconds: false })).toBe("01:05 pm");
  });

  it("has midnight at the beginning of its day", () => {
    expect(formatInstant(Date.UTC(2026, 0, 15), UTC_CLOCK, { seconds: false })).toBe("2026-01-15 00:00");
  });
});

it.each([
  ["9999-12-31T23:59:59Z", "Pacific/Auckland", "10000-01-01 12:59:59"],
  ["0001-01-01T00:00:00Z", "America/Bogota", "0000-12-31 19:03:44"],
])("writes %s beyond the calendar's years in %s, and finds it again", (at, zone, written) => {
  const ms = Date.parse(at);
  expect(formatInstant(ms, { zone, hour12: false })).toBe(written);
  expect(ofWallClock(wallClockAt(ms, zone), zone)).toBe(ms);
});

it("knows zones by their names", () => {
  expect([isZone("Europe/Zurich"), isZone("Mars/Olympus")]).toEqual([true, false]);
});

it.each([
  [AT - 200_000, "3 min ago"],
  [AT - 400, "just now"],
  [AT + 7_300_000, "in 2 h"],
])("says how far %d is", (ms, words) => {
  expect(formatAgo(ms, AT)).toBe(words);
});

it.each([
  [0, "0 ms"],
  [12.3456, "12.3 ms"],
  [840, "840 ms"],
  [999.6, "1 s"],
  [59_940, "59.9 s"],
  [59_990, "1 min"],
  [2_500, "2.5 s"],
  [200_000, "3 min 20 s"],
  [7_500_000, "2 h 5 min"],
  [273_600_000, "3 d 4 h"],
  [-2_500, "−2.5 s"],
])("writes %d ms as %s", (ms, words) => {
  expect(formatDuration(ms)).toBe(words);
});

describe("a typed instant", () => {
  const zones = ["UTC", "Asia/Tokyo", "America/St_Johns", "Europe/Zurich"];

  it("is the instant that it is written of", () => {
    const instants = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2090, 0, 1) });
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (ms, zone) => {
        const clock = { zone, hour12: false };
        const written = formatInstant(ms, clock, { millis: true });
        const read = parseInstant(written, zone);
        // Of an hour that a clock shows twice either will do.
        expect(formatInstant(read ?? 0, clock, { millis: true })).toBe(written);
      }),
    );
  });

  it.each([
    ["2026-01-15", Date.UTC(2026, 0, 14, 15)],
    ["2026-01-15 13:05Z", Date.UTC(2026, 0, 15, 13, 5)],
    ["2026-02-30", undefined],
    ["2026-01-15 25:00", undefined],
    ["tomorrow", undefined],
  ])("in Tokyo, %s is %d", (text, ms) => {
    expect(parseInstant(text, "Asia/Tokyo")).toBe(ms);
  });
});
