import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layOut } from "./layout";

const SIZE = { width: 900, height: 520 };

describe("the layout of a graph", () => {
  it("has every circle inside the box, none upon another, the largest for the largest count", () => {
    const counts = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 16 });
    fc.assert(
      fc.property(counts, (all) => {
        const { circles } = layOut(
          all.map((count, at) => ({ name: `n${at}`, count })),
          [],
          SIZE,
        );
        for (const [at, { x, y, radius }] of circles.entries()) {
          expect(Math.min(x - radius, y - radius, SIZE.width - x - radius, SIZE.height - y - radius)).toBeGreaterThan(
            0,
          );
          for (const other of circles.slice(at + 1)) {
            expect(Math.hypot(x - other.x, y - other.y)).toBeGreaterThan(radius + other.radius);
          }
        }
        const largest = Math.max(...circles.map((circle) => circle.radius));
        expect(circles.find((circle) => circle.node.count === Math.max(...all))?.radius).toBe(largest);
      }),
    );
  });

  it("shows both ways between two circles, and the way back to the same", () => {
    const nodes = ["a", "b"].map((name) => ({ name, count: 1 }));
    const edge = (from: string, to: string, count: number) => ({ from, to, count });
    const { arrows } = layOut(
      nodes,
      [edge("a", "b", 9), edge("b", "a", 1), edge("a", "a", 1), edge("a", "z", 1)],
      SIZE,
    );
    expect(arrows).toHaveLength(3);
    const [there, back, self] = arrows;
    expect(there?.y).not.toBe(back?.y);
    expect(there?.width).toBeGreaterThan(back?.width ?? 0);
    expect(self?.y).toBeLessThan(there?.y ?? 0);
    expect(self?.path).toMatch(/^M [\d. -]+ C [\d. -]+$/);
  });
});
