/** Keeps what two answers have in common one object, so that what is drawn of it need not be drawn again. */

/** Return the later of two JSON values, with every part of the one before that says the same; any key may be a name. */
export function shared(before: unknown, now: unknown): unknown {
  if (Object.is(before, now)) return before;
  if (Array.isArray(before) && Array.isArray(now)) {
    const items = now.map((item, index) => shared(before[index], item));
    return items.length === before.length && items.every((item, index) => item === before[index]) ? before : items;
  }
  if (!isObject(before) || !isObject(now)) return now;
  const entries = Object.entries(now).map(([key, value]) => [key, shared(ownOf(before, key), value)] as const);
  const keys = Object.keys(before);
  const isSame =
    entries.length === keys.length &&
    entries.every(([key, value], index) => key === keys[index] && value === before[key]);
  return isSame ? before : Object.fromEntries(entries);
}

type JsonObject = Readonly<Record<string, unknown>>;

function ownOf(value: JsonObject, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is JsonObject {
  if (typeof value !== "object" || value === null) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}
