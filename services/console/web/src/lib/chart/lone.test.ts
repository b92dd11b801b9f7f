import { expect, it } from "vitest";
import { lonePlaces } from "./lone";

it("finds the values between gaps, at the ends too, and zero among them", () => {
  expect(lonePlaces([])).toEqual([]);
  expect(lonePlaces([5])).toEqual([0]);
  expect(lonePlaces([null, null])).toEqual([]);
  expect(lonePlaces([1, null, 0, null, 3, 4, null, undefined, 6])).toEqual([0, 2, 8]);
});
