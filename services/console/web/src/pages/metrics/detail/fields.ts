/** What the address of a metric says, by the API's own names where it has them. */

import { type Field, text } from "../../../lib/address/fields";
import type { Dimensions, Scalar } from "../../../lib/metrics/words";

export const FIELDS = {
  /** The customer whose values are listed and drawn. */
  customerId: text(),
  /** The instant that the listed values are of; empty for those of now. */
  at: instant(),
  /** The customer whose value is explained, of which group, and at which instant. */
  explain: text(),
  dimensions: dimensions(),
  asOf: instant(),
};

const RFC_3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/;

/** An instant as RFC 3339 in UTC; empty when absent. */
export function instant(): Field<string> {
  return {
    ...text(),
    read: (raw) => (RFC_3339_UTC.test(raw) && !Number.isNaN(Date.parse(raw)) ? raw : undefined),
    expected: "an RFC 3339 time in UTC",
  };
}

function dimensions(): Field<Dimensions> {
  return {
    initial: {},
    read: readDimensions,
    write: (value) => (Object.keys(value).length ? JSON.stringify(value) : undefined),
    expected: 'an object like {"country":"DE"}',
  };
}

function readDimensions(raw: string): Dimensions | undefined {
  try {
    const found: unknown = JSON.parse(raw);
    const isObject = typeof found === "object" && found !== null && !Array.isArray(found);
    return isObject && Object.values(found).every(isScalar) ? (found as Dimensions) : undefined;
  } catch {
    return undefined;
  }
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
