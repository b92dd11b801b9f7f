import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ALL_TIME,
  absolute,
  around,
  between,
  DISTANCES,
  formatRange,
  instantsOf,
  lastOf,
  parseRange,
  wordsOf,
  wrongEnds,
} from "./range";

const instant = fc.integer({ min: Date.parse("0001-01-01"), max: Date.UTC(9900, 0, 1) });
const ranges = fc.oneof(
  fc.constant(ALL_TIME),
  fc.constantFrom(...DISTANCES).map(lastOf),
  fc.tuple(instant, fc.integer({ min: 1, max: 10 ** 12 })).map(([from, length]) => between(from, from + length)),
);

describe("the range of an address", () => {
  it("is read back as it was written", () => {
    fc.assert(
      fc.property(ranges, (range) => {
        const { from, to } = formatRange(range);
        expect(parseRange(from, to)).toEqual(range);
      }),
    );
  });

  it("is the last 24 hours when the address says nothing", () => {
    expect(parseRange(undefined, undefined)).toEqual(lastOf("24h"));
    expect(formatRange(lastOf("24h"))).toEqual({ from: undefined, to: undefined });
  });

  it.each([
    ["yesterday", undefined],
    ["now-2h", undefined],
    ["2026-01-15", undefined],
    ["2026-01-15T10:00:00+01:00", undefined],
    ["2026-02-31T10:00:00Z", undefined],
    ["2026-01-15T11:00:00Z", "2026-01-15T10:00:00Z"],
    ["2026-01-15T10:00:00Z", "2026-01-15T10:00:00Z"],
    ["now", "now"],
    ["now", "now-1h"],
    ["all", "now"],
  ])("refuses from=%s&to=%s", (from, to) => {
    expect(parseRange(from, to)).toBeUndefined();
  });

  it.each([
    ["now-1h", "tomorrow", ["to"]],
    ["yesterday", "now", ["from"]],
    ["yesterday", "tomorrow", ["from", "to"]],
    ["all", "tomorrow", ["to"]],
    ["now", "now-1h", ["from", "to"]],
    ["all", "now", ["from", "to"]],
  ] as const)("tells of from=%s&to=%s which is wrong, and keeps the other", (from, to, wrong) => {
    expect(wrongEnds(from, to)).toEqual(wrong);
    const kept = (end: "from" | "to", text: string) => ((wrong as readonly string[]).includes(end) ? undefined : text);
    expect(parseRange(kept("from", from), kept("to", to))).toBeDefined();
  });

  it("has no end that moves once it is absolute", () => {
    fc.assert(
      fc.property(ranges, instant, instant, (range, now, later) => {
        expect(instantsOf(absolute(range, now), later)).toEqual(instantsOf(range, now));
      }),
    );
  });

  it("ends now where only its beginning is said", () => {
    expect(parseRange("2026-01-15T10:00:00Z", undefined)).toEqual({
      from: { ms: Date.UTC(2026, 0, 15, 10) },
      to: { back: null },
    });
  });

  it.each([
    ["15m", 900_000],
    ["1h", 3_600_000],
    ["24h", 86_400_000],
    ["7d", 604_800_000],
    ["30d", 2_592_000_000],
  ] as const)("of the last %s is as long", (distance, ms) => {
    expect(instantsOf(lastOf(distance), 5_000_000_000)).toEqual({ fromMs: 5_000_000_000 - ms, toMs: 5_000_000_000 });
  });

  it("has words when it counts from now", () => {
    expect(wordsOf(lastOf("7d"))).toBe("Last 7 days");
    expect(wordsOf(ALL_TIME)).toBe("All time");
    expect(wordsOf(between(0, 1))).toBeUndefined();
  });

  it("surrounds an instant by five minutes", () => {
    expect(instantsOf(around(1_000_000), 0)).toEqual({ fromMs: 850_000, toMs: 1_150_000 });
    expect(instantsOf(around(1_000_000, 600_000), 0)).toEqual({ fromMs: 400_000, toMs: 1_150_000 });
  });

  it.each(["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.000Z"])(
    "is one that an address can hold around %s",
    (at) => {
      const { from, to } = formatRange(around(Date.parse(at)));
      expect(parseRange(from, to)).toEqual(around(Date.parse(at)));
      expect([from, to].map((end) => end?.length)).toEqual([24, 24]);
      expect(from?.startsWith("0000")).toBe(false);
    },
  );
});
