import { expect, it } from "vitest";
import { bodyOf, faultOf } from "./snooze";

const PARIS = { zone: "Europe/Paris", hour12: false };
const NOW = Date.parse("2026-01-15T12:00:00Z");

it("takes a length, whatever stands in the other field", () => {
  expect(faultOf({ minutes: "240", until: "soon" }, PARIS, NOW)).toBeUndefined();
  expect(bodyOf({ minutes: "240", until: "soon" }, PARIS)).toEqual({ minutes: 240 });
});

it("reads a time in the zone that is chosen, and takes one to come alone", () => {
  const until = (text: string) => ({ minutes: "until", until: text }) as const;
  expect(bodyOf(until("2026-01-15 13:05"), PARIS)).toEqual({ until: "2026-01-15T12:05:00.000Z" });
  expect(faultOf(until("2026-01-15 13:05"), PARIS, NOW)).toBeUndefined();
  expect(faultOf(until("2026-01-15 13:00"), PARIS, NOW)).toBe("A time to come is expected");
  expect(faultOf(until("soon"), PARIS, NOW)).toMatch(/^A time as/);
});
