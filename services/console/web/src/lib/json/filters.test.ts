import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftOf, EMPTY_DRAFT, filterOf, type JsonFilter, jsonFilters } from "./filters";

const path = fc
  .array(fc.stringMatching(/^[a-z]{1,5}$/), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("."));
const anyJson = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const filters: fc.Arbitrary<JsonFilter> = fc.oneof(
  fc.record({ path, operator: fc.constant("equals" as const), value: anyJson }),
  fc.record({
    path,
    operator: fc.constantFrom("contains" as const, "startsWith" as const),
    value: fc.string({ minLength: 1 }),
  }),
  fc.record({ path, operator: fc.constant("exists" as const), value: fc.boolean() }),
);

describe("conditions on JSON", () => {
  const field = jsonFilters();

  it("are read from the address as they were written", () => {
    fc.assert(
      fc.property(fc.array(filters, { minLength: 1 }), (some) => {
        expect(field.read(field.write(some) ?? "")).toEqual(some);
      }),
    );
  });

  it("are typed as they are shown", () => {
    fc.assert(
      fc.property(filters, (one) => {
        expect(filterOf(draftOf(one))).toEqual(one);
      }),
    );
  });

  it.each(["", "{}", "[1]", '[{"path":"a"}]', '[{"path":"a..b","operator":"equals"}]', "[{"])("are not %s", (text) => {
    expect(field.read(text)).toBeUndefined();
  });

  it.each([
    ["3", 3],
    ['"3"', "3"],
    ["true", true],
    ["paid", "paid"],
  ])("read %s as JSON where it is", (value, meant) => {
    expect(filterOf({ ...EMPTY_DRAFT, path: "a", value })?.value).toBe(meant);
  });

  it("are unfinished without a path or a value", () => {
    expect(filterOf({ ...EMPTY_DRAFT, value: "3" })).toBeUndefined();
    expect(filterOf({ ...EMPTY_DRAFT, path: "a." })).toBeUndefined();
    expect(filterOf({ ...EMPTY_DRAFT, path: "a" })).toBeUndefined();
    expect(filterOf({ path: "a", operator: "exists", value: "" })?.value).toBe(true);
  });
});
