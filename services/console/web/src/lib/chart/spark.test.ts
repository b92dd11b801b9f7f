import fc from "fast-check";
import { expect, it } from "vitest";
import { sparkOf } from "./spark";

it("draws a line from left to right, and a gap where there is no value", () => {
  expect(sparkOf([0, 1, null, 0.5], 1, 64, 24).path).toBe("M2,22L22,2M62,12h1.5");
});

it("stays within its frame", () => {
  const values = fc.array(fc.option(fc.double({ min: 0, max: 50, noNaN: true }), { nil: null }));
  fc.assert(
    fc.property(values, (all) => {
      const { path } = sparkOf(all, 10, 80, 20);
      for (const [, x, y] of path.matchAll(/[ML](-?[\d.]+),(-?[\d.]+)/g)) {
        expect(Number(x)).toBeGreaterThanOrEqual(0);
        expect(Number(x)).toBeLessThanOrEqual(80);
        expect(Number(y)).toBeGreaterThanOrEqual(0);
        expect(Number(y)).toBeLessThanOrEqual(20);
      }
      expect([...path.matchAll(/[ML]/g)]).toHaveLength(all.filter((one) => one !== null).length);
    }),
  );
});
