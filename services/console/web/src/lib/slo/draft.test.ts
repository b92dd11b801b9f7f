import fc from "fast-check";
import { expect, test } from "vitest";
import { checkSlo, defaultRules, draftOf, NEW_SLO, type Objective, objectiveOf, percentOf, shareOf } from "./draft";

const rule = fc.record({
  longMinutes: fc.integer({ min: 2, max: 10_000 }),
  shortMinutes: fc.constant(1),
  factor: fc.double({ min: 0.001, max: 1000, noNaN: true }),
  severity: fc.constantFrom("critical" as const, "warning" as const, "info" as const),
  forSeconds: fc.integer({ min: 0, max: 86_400 }),
});
const objective: fc.Arbitrary<Objective> = fc.record({
  name: fc.string({ minLength: 1 }).filter((text) => text.trim() === text),
  goodWhen: fc.constantFrom("COMPLETED" as const, "AVERAGE" as const, "GOOD" as const, "EXCELLENT" as const),
  target: fc.integer({ min: 1, max: 999_999 }).map((millionths) => millionths / 1_000_000),
  windowMinutes: fc.integer({ min: 5, max: 129_600 }),
  minEvents: fc.integer({ min: 1, max: 1_000_000 }),
  burnRules: fc.option(fc.array(rule, { minLength: 1, maxLength: 8 })),
  webhookIds: fc.array(fc.uuid(), { maxLength: 3 }),
});

test("an objective comes back from its form as it was", () => {
  fc.assert(
    fc.property(objective, (one) => {
      const draft = draftOf(one);
      expect(checkSlo(draft)).toEqual({});
      expect(objectiveOf(draft)).toEqual(one);
    }),
  );
});

test("rules that are the default ones of the window are told as those", () => {
  const one = objectiveOf({ ...NEW_SLO, name: "n" });
  expect(draftOf({ ...one, burnRules: defaultRules(one.windowMinutes) }).hasDefaultRules).toBe(true);
  expect(draftOf({ ...one, burnRules: defaultRules(43_200) }).hasDefaultRules).toBe(false);
});

test("the default rules scale with the window as the service scales them", () => {
  expect(defaultRules(43_200).map((one) => [one.longMinutes, one.shortMinutes])).toEqual([
    [60, 5],
    [360, 30],
    [1_440, 120],
    [4_320, 360],
  ]);
  expect(defaultRules(40_320).map((one) => [one.longMinutes, one.shortMinutes])).toEqual([
    [56, 5],
    [336, 28],
    [1_344, 112],
    [4_032, 336],
  ]);
  expect(defaultRules(5).at(0)).toMatchObject({ longMinutes: 1, shortMinutes: 1 });
});

test("a target is typed in percent without losing a digit", () => {
  expect([0.999, 0.99999, 0.5, 0.07, 0.123456789, 1e-7].map(percentOf)).toEqual([
    "99.9",
    "99.999",
    "50",
    "7",
    "12.3456789",
    "0.00001",
  ]);
  expect(["99.9", "99.999 %", "7", "0.5"].map(shareOf)).toEqual([0.999, 0.99999, 0.07, 0.005]);
  expect(["0", "100", "-1", "101", "", "x"].map(shareOf)).toEqual(Array(6).fill(undefined));
});

test("what the service would refuse is told at its field", () => {
  const wrong = checkSlo({
    ...NEW_SLO,
    target: "100",
    windowMinutes: "4",
    hasDefaultRules: false,
    burnRules: [{ longMinutes: "5", shortMinutes: "5", factor: "0", severity: "info", forSeconds: "" }],
  });
  expect(Object.keys(wrong)).toEqual([
    "name",
    "target",
    "windowMinutes",
    "burnRules[0].shortMinutes",
    "burnRules[0].factor",
    "burnRules[0].forSeconds",
  ]);
  const places = (changes: object) => Object.keys(checkSlo({ ...NEW_SLO, name: "n", ...changes }));
  expect(places({ windowMinutes: "129600", minEvents: "1" })).toEqual([]);
  expect(places({ windowMinutes: "129601", minEvents: "0" })).toEqual(["windowMinutes", "minEvents"]);
});
