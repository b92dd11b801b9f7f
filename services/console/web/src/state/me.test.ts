import { expect, it } from "vitest";
import { type Me, mayAs, ROLES } from "./me";

it.each([
  [["viewer"], [true, false, false]],
  [["editor"], [true, true, false]],
  [["admin"], [true, true, true]],
  [
    ["viewer", "editor"],
    [true, true, false],
  ],
  [[], [false, false, false]],
  [["other"], [false, false, false]],
])("who is %o may what those roles may", (roles, expected) => {
  expect(ROLES.map((role) => mayAs({ roles } as unknown as Me, role))).toEqual(expected);
});
