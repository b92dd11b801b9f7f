import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shared } from "./shared";

describe("what two answers share", () => {
  it("is the later one in what it says", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (before, now) => {
        expect(JSON.stringify(shared(before, now))).toBe(JSON.stringify(now));
      }),
    );
  });

  it("is the one before where both say the same", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const before = JSON.parse(text);
        expect(shared(before, JSON.parse(text))).toBe(before);
      }),
    );
  });

  it("keeps a member of any name", () => {
    const before = JSON.parse('{"tasks": {"__proto__": {"type": "delay"}, "constructor": {"type": "delay"}}}');
    const now = JSON.parse('{"tasks": {"__proto__": {"type": "delay"}, "constructor": {"type": "transform"}}}');
    const after = shared(before, now) as typeof now;
    expect(Object.keys(after.tasks)).toEqual(["__proto__", "constructor"]);
    expect(after.tasks.constructor).toEqual({ type: "transform" });
  });
});
