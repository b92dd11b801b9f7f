import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Difference, differences, pathText, type Step } from "./diff";

describe("the differences of two JSON values", () => {
  it("name what was added, removed and changed, at its place", () => {
    const before = { status: "open", total: 3, items: [{ sku: "a" }, { sku: "b" }] };
    const after = { status: "paid", items: [{ sku: "a", count: 2 }], paidAt: null };
    expect(differences(before, after)).toEqual([
      { kind: "changed", path: ["status"], before: "open", after: "paid" },
      { kind: "removed", path: ["total"], before: 3 },
      { kind: "added", path: ["items", 0, "count"], after: 2 },
      { kind: "removed", path: ["items", 1], before: { sku: "b" } },
      { kind: "added", path: ["paidAt"], after: null },
    ]);
  });

  it("tell values of different kinds apart", () => {
    expect(differences({ a: [] }, { a: {} })).toEqual([{ kind: "changed", path: ["a"], before: [], after: {} }]);
    expect(differences({ a: null }, { a: 0 })).toHaveLength(1);
  });

  it("lead from the one to the other, and are none between equals", () => {
    fc.assert(
      fc.property(json(), json(), (before, after) => {
        expect(differences(before, before)).toEqual([]);
        const holder = { it: structuredClone(before) };
        apply(holder, differences(before, after));
        expect(holder.it).toEqual(after);
      }),
    );
  });
});

describe("the text of a path", () => {
  it("can be read back", () => {
    expect(pathText(["items", 0, "price in €", "now"])).toBe('items[0]["price in €"].now');
    expect(pathText([0, "a"])).toBe("[0].a");
    expect(pathText([])).toBe("");
  });
});

function json(): fc.Arbitrary<unknown> {
  // `-0` cannot be written in JSON, and a member named `__proto__` cannot be made by assignment.
  return fc.jsonValue({ maxDepth: 3 }).filter((value) => !/-0[,}\]]|-0$|__proto__/.test(JSON.stringify(value)));
}

function apply(holder: { it: unknown }, all: readonly Difference[]): void {
  // From the last to the first, so that the places of elements hold while others leave.
  for (const one of [...all].reverse()) if (one.kind === "removed") remove(holder, ["it", ...one.path]);
  for (const one of all) if (one.kind !== "removed") set(holder, ["it", ...one.path], one.after);
}

function set(holder: unknown, path: readonly Step[], value: unknown): void {
  (parentOf(holder, path) as Record<Step, unknown>)[path.at(-1) as Step] = value;
}

function remove(holder: unknown, path: readonly Step[]): void {
  const parent = parentOf(holder, path);
  const step = path.at(-1) as Step;
  if (Array.isArray(parent)) parent.splice(step as number, 1);
  else delete (parent as Record<Step, unknown>)[step];
}

function parentOf(holder: unknown, path: readonly Step[]): unknown {
  return path.slice(0, -1).reduce<unknown>((at, step) => (at as Record<Step, unknown>)[step], holder);
}
