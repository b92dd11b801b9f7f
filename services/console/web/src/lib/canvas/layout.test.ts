import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Definition, TaskDefinition } from "./definition";
import { arranged, broughtInto, freeSpot, positionsOf, TASK_SIZE } from "./layout";

/** Tasks that run after some of those before them, and some that have a place already. */
const definition: fc.Arbitrary<Definition> = fc
  .array(
    fc.record({
      before: fc.array(fc.nat(30), { maxLength: 4 }),
      position: fc.option(fc.record({ x: fc.integer({ min: 0, max: 9 }), y: fc.integer({ min: 0, max: 9 }) }), {
        nil: undefined,
      }),
    }),
    { maxLength: 30 },
  )
  .map((all) => {
    const tasks = all.map(({ before, position }, index): [string, TaskDefinition] => {
      const links = before.filter((other) => other < index).map((other) => [`t${other}`, ["completed"]] as const);
      const place = position && { x: position.x * 400 + index, y: position.y * 300 + index * 3_000 };
      return [
        `t${index}`,
        { type: "delay", executeAfter: Object.fromEntries(links), ...(place && { position: place }) },
      ];
    });
    return { name: "w", tasks: Object.fromEntries(tasks) };
  });

function overlaps(positions: ReadonlyMap<string, { x: number; y: number }>): readonly string[] {
  const all = [...positions];
  return all.flatMap(([name, one], index) =>
    all
      .slice(index + 1)
      .filter(([, { x, y }]) => Math.abs(x - one.x) < TASK_SIZE.width && Math.abs(y - one.y) < TASK_SIZE.height)
      .map(([other]) => `${name} ${other}`),
  );
}

it("puts every task behind those before it, and none over another", () => {
  fc.assert(
    fc.property(definition, (one) => {
      const positions = arranged(one);
      expect(positions.size).toBe(Object.keys(one.tasks).length);
      expect(overlaps(positions)).toEqual([]);
      for (const [name, { executeAfter = {} }] of Object.entries(one.tasks)) {
        for (const before of Object.keys(executeAfter)) {
          expect((positions.get(before)?.x ?? 0) + TASK_SIZE.width).toBeLessThan(positions.get(name)?.x ?? 0);
        }
      }
    }),
  );
});

it("leaves tasks where they were put, and finds room for the others", () => {
  fc.assert(
    fc.property(definition, (one) => {
      const positions = positionsOf(one);
      expect(overlaps(positions)).toEqual([]);
      for (const [name, { position }] of Object.entries(one.tasks)) {
        if (position !== undefined) expect(positions.get(name)).toEqual(position);
      }
    }),
  );
});

it("leads a link across a layer past the tasks there", () => {
  const after = (...names: string[]) => ({
    type: "delay",
    executeAfter: Object.fromEntries(names.map((name) => [name, ["completed"] as const])),
  });
  const positions = arranged({ name: "w", tasks: { A: { type: "delay" }, B: after("A"), C: after("A", "B") } });
  expect(positions.get("A")?.y).toBe(positions.get("C")?.y);
  expect(positions.get("B")?.y).not.toBe(positions.get("A")?.y);
});

it("keeps some room around a task", () => {
  expect(freeSpot([{ x: 0, y: 0 }], { x: TASK_SIZE.width + 10, y: 0 }).y).toBeGreaterThan(TASK_SIZE.height);
  expect(freeSpot([{ x: 0, y: 0 }], { x: TASK_SIZE.width + 20, y: 0 }).y).toBe(0);
});

it("lays out what waits for itself, too", () => {
  const tasks = {
    A: { type: "delay", executeAfter: { B: ["completed"] } },
    B: { type: "delay", executeAfter: { A: ["completed"] } },
  } as const;
  expect(arranged({ name: "w", tasks }).size).toBe(2);
});

describe("tasks brought into an area", () => {
  const area = { from: { x: 1000, y: 1000 }, to: { x: 2000, y: 1600 } };

  it("keep their places among each other, around its middle", () => {
    const far = { A: { type: "delay", position: { x: 0, y: 0 } }, B: { type: "delay", position: { x: 300, y: 100 } } };
    const { A, B } = broughtInto(far, area);
    expect([A?.position, B?.position]).toEqual([
      { x: 1250, y: 1208 },
      { x: 1550, y: 1308 },
    ]);
  });

  it("stay where they are when all are within", () => {
    const near = { A: { type: "delay", position: { x: 1100, y: 1100 } }, B: { type: "delay" } };
    expect(broughtInto(near, area)).toBe(near);
  });
});
