import { expect, it } from "vitest";
import { pathsSeen } from "./dataPaths";

it("are those that lead to a value, seen most first, each with its kind", () => {
  const seen = pathsSeen([
    { total: 1, customer: { country: "DE" } },
    { total: 2, customer: { country: "AT" }, isNew: true, tags: ["a"], none: null },
    { total: 3, zip: "1" },
  ]);
  expect([...seen]).toEqual([
    ["total", "number"],
    ["customer.country", "text"],
    ["isNew", "boolean"],
    ["zip", "text"],
  ]);
});

it("go five levels deep, and never through a name that a path cannot have", () => {
  const nested = { a: { b: { c: { d: { e: 1, f: { g: 2 } } } } }, "x.y": 1, "": 1 };
  expect([...pathsSeen([nested]).keys()]).toEqual(["a.b.c.d.e"]);
  expect(pathsSeen(["text", null, 5]).size).toBe(0);
});
