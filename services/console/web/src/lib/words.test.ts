import fc from "fast-check";
import { expect, test } from "vitest";
import { shortened, shortenedResource } from "./words";

test("ids that begin alike are told apart by their ends, and those that end alike by their beginnings", () => {
  const payments = ["payment-20261128-of-shop-4988", "payment-20261128-of-shop-4992"].map(shortenedResource);
  expect(new Set(payments).size).toBe(2);
  expect(shortened("01a225b6-e537-704c-8000-1840f485b6fc")).toBe("01a225b6…485b6fc");
  expect(shortenedResource("payment-20261128-4988")).toBe("payment-20261128-4988");
});

test("a shortened id is never longer than it may be, and a short one stays as it is", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 4, max: 40 }), (id, longest) => {
      const short = shortened(id, longest);
      expect(short.length).toBe(Math.min(id.length, longest));
      if (id.length <= longest) expect(short).toBe(id);
    }),
  );
});
