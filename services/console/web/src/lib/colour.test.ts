import fc from "fast-check";
import { expect, it } from "vitest";
import { contrast, legibilityOf, MIN_TEXT_CONTRAST, parseHex, type Rgb } from "./colour";

it("is 21 between black and white", () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
});

it.each([
  ["#16a34a", "#ffffff", "#000000"],
  ["#2563eb", "#fff", "#fff"],
  ["#f59e0b", "#fff", "#000000"],
])("writes on %s, asked for %s, in %s", (background, wanted, chosen) => {
  expect(legibilityOf(background, wanted)?.shown).toBe(chosen);
});

it("always finds a colour that can be read", () => {
  const hex = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, "0")}`);
  fc.assert(
    fc.property(hex, hex, (background, wanted) => {
      const chosen = legibilityOf(background, wanted)?.shown;
      expect(contrast(parseHex(background) as Rgb, parseHex(chosen ?? "") as Rgb)).toBeGreaterThanOrEqual(
        MIN_TEXT_CONTRAST,
      );
    }),
  );
});

it("knows no colour that is none", () => {
  expect([parseHex("red"), parseHex("#12345"), legibilityOf("", "#fff")]).toEqual([undefined, undefined, undefined]);
});
