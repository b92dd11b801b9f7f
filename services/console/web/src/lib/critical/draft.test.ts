import fc from "fast-check";
import { expect, test } from "vitest";
import { checkDraft } from "./check";
import { type Definition, definitionOf, draftOf, EMPTY_DRAFT, OPERATORS } from "./draft";
import { dropPlace, moved, withCondition, withStep } from "./steps";

const text = fc.string({ minLength: 1, maxLength: 12 }).filter((one) => one.trim() === one);
const condition = fc.record({ name: text, operator: fc.constantFrom(...OPERATORS), value: fc.string() });
const pattern = (isBlacklisted: fc.Arbitrary<boolean>) =>
  fc.record({ name: text, props: fc.array(condition, { maxLength: 3 }), isBlacklisted });
const definition: fc.Arbitrary<Definition> = fc
  .record({
    name: text,
    description: fc.option(text),
    limits: fc.array(fc.integer({ min: 1, max: 3_153_600_000_000 }), { minLength: 4, maxLength: 4 }),
    events: fc.array(pattern(fc.constant(false)), { minLength: 1, maxLength: 5 }),
    globalBlacklistedEvents: fc.array(pattern(fc.constant(true)), { maxLength: 3 }),
    correlationProperty: fc.option(text),
    dimensions: fc.uniqueArray(text, { maxLength: 3 }),
  })
  .map(({ limits, ...rest }) => {
    const [lower = 1, mid = 1, upper = 1, threshold = 1] = limits.toSorted((one, other) => one - other);
    return {
      ...rest,
      uptimeLowerLimitInMs: lower,
      uptimeMidLimitInMs: mid,
      uptimeUpperLimitInMs: upper,
      thresholdInMs: threshold,
    };
  });

test("a definition comes back from its draft as it was", () => {
  fc.assert(
    fc.property(definition, (one) => {
      const draft = draftOf(one);
      expect(checkDraft(draft)).toEqual({});
      expect(definitionOf(draft)).toEqual(one);
    }),
  );
});

test("an event that is forbidden everywhere is sent as forbidden", () => {
  const { globalBlacklistedEvents } = definitionOf({ ...EMPTY_DRAFT, globalBlacklistedEvents: withStep([]) });
  expect(globalBlacklistedEvents.map(({ isBlacklisted }) => isBlacklisted)).toEqual([true]);
});

test("a move keeps every element, and the move back undoes it", () => {
  const list = fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(list, fc.nat(9), fc.nat(9), (all, from, to) => {
      const after = moved(all, from, to);
      expect(after.toSorted()).toEqual(all.toSorted());
      if (from < all.length && to < all.length) {
        expect(after[to]).toBe(all[from]);
        expect(moved(after, to, from)).toEqual(all);
      } else expect(after).toEqual(all);
    }),
  );
});

test("what is dropped lands where the pointer is, above and below its own place", () => {
  const middles = [10, 30, 50];
  expect(dropPlace(middles, 0, 5)).toBe(0);
  expect(dropPlace(middles, 0, 40)).toBe(1);
  expect(dropPlace(middles, 0, 99)).toBe(2);
  expect(dropPlace(middles, 2, 20)).toBe(1);
  expect(dropPlace(middles, 2, 0)).toBe(0);
});

test("each step and each condition has a key of its own", () => {
  const steps = withStep(withStep(EMPTY_DRAFT.events.slice(1)));
  expect(new Set(steps.map(({ key }) => key)).size).toBe(steps.length);
  const step = withCondition(withCondition({ key: 1, name: "A", props: [], isBlacklisted: false }));
  expect(step.props.map(({ key }) => key)).toEqual([1, 2]);
});

test("what the service would refuse is told at its field", () => {
  const wrong = checkDraft({
    ...EMPTY_DRAFT,
    name: " ",
    uptimeMidLimitInMs: "999",
    uptimeUpperLimitInMs: "1.5",
    thresholdInMs: "0",
    events: [
      { key: 1, name: "A", props: [], isBlacklisted: true },
      { key: 2, name: "", props: [{ key: 1, name: "", operator: "EQUALS", value: "" }], isBlacklisted: false },
    ],
  });
  expect(Object.keys(wrong).toSorted()).toEqual(
    [
      "name",
      "uptimeMidLimitInMs",
      "uptimeUpperLimitInMs",
      "thresholdInMs",
      "events[0].isBlacklisted",
      "events[1].name",
      "events[1].props[0].name",
    ].toSorted(),
  );
  const named = { key: 1, name: "A", props: [], isBlacklisted: false };
  const last = { ...named, key: 2, isBlacklisted: true };
  expect(Object.keys(checkDraft({ ...EMPTY_DRAFT, name: "n", events: [named, last] }))).toEqual([
    "events[1].isBlacklisted",
  ]);
  expect(checkDraft({ ...EMPTY_DRAFT, name: "n", events: [] })).toEqual({ events: "At least one step" });
});
