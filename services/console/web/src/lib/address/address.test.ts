import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choice, flag, integer, readFields, text, writeFields } from "./fields";
import { isAddressable, paths, safeNext } from "./paths";
import { formatSearch, parseSearch, withChanges } from "./search";

const FIELDS = { action: text(), page: integer(1), dateField: choice("accepted", "happened"), errors: flag() };

describe("the search of an address", () => {
  it("is read back as it was written", () => {
    const search = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== "__proto__"),
      fc.string(),
    );
    fc.assert(
      fc.property(search, (one) => {
        expect(parseSearch(formatSearch(one))).toEqual({ ...one });
      }),
    );
  });

  it("keeps what a page does not know when its own fields change", () => {
    const search = withChanges(
      parseSearch("?mine=1&mine=2&page=3"),
      writeFields(FIELDS, { page: 1, action: "CREATE" }),
    );
    expect(formatSearch(search)).toBe("?mine=1&mine=2&action=CREATE");
  });
});

describe("the fields of an address", () => {
  it("are read back as they were written", () => {
    const values = fc.record({
      action: fc.string(),
      page: fc.integer({ min: 1 }),
      dateField: fc.constantFrom("accepted" as const, "happened" as const),
      errors: fc.boolean(),
    });
    fc.assert(
      fc.property(values, (one) => {
        const search = withChanges({}, writeFields(FIELDS, one));
        expect(readFields(FIELDS, search)).toEqual({ values: one, wrong: [] });
      }),
    );
  });

  it("are initial where they are wrong, which is told", () => {
    const { values, wrong } = readFields(FIELDS, parseSearch("?page=0&dateField=x&errors=maybe&action=a"));
    expect(values).toEqual({ action: "a", page: 1, dateField: "accepted", errors: false });
    expect(wrong.map((one) => one.name)).toEqual(["page", "dateField", "errors"]);
  });
});

describe("where a login leads", () => {
  it.each(["/console/traces?uow=1#x", "/console/", "/console/a/b"])("is %s as asked", (next) => {
    expect(safeNext(next)).toBe(next);
  });

  it.each([
    undefined,
    "",
    "https://example.com/console/",
    "//example.com/console/",
    "/console",
    "/consoles/",
    "/console/../api/keys",
    "/console/%2e%2e/api/keys",
    "/console/..\\..\\api",
    "javascript:alert(1)",
    "/console/login?next=/console/login",
    "/console/login/",
  ])("is the console's beginning instead of %s", (next) => {
    expect(safeNext(next)).toBe("/console/");
  });
});

it("cannot name what browsers take for a step of a path", () => {
  const ids = [".", "..", "...", ".a", "a/..", "order-1"];
  expect(ids.map((id) => isAddressable(paths.resource("ORDER", id)))).toEqual([false, false, true, true, true, true]);
  expect(isAddressable(paths.trace(".."))).toBe(false);
});
