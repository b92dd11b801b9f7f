import { expect, test } from "vitest";
import { valueAt } from "./place";

test("a value is found at its place, through objects and lists", () => {
  const value = { events: [{ name: "A" }, { name: "B", props: [{ name: "country" }] }] };
  expect(valueAt(value, "events[1].props[0].name")).toBe("country");
  expect(valueAt(value, "events[0]")).toEqual({ name: "A" });
});

test("where nothing is there is no value", () => {
  expect(valueAt({ events: [] }, "events[1].name")).toBeUndefined();
  expect(valueAt({ name: "text" }, "name.length")).toBeUndefined();
  expect(valueAt({}, "constructor")).toBeUndefined();
});
