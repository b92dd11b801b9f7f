/** Places in JSON as the API names them in its errors: `events[1].props[0].name`. */

/** Return the value at a place; undefined where there is none. */
export function valueAt(value: unknown, place: string): unknown {
  return place
    .split(/[.[\]]/)
    .filter((step) => step !== "")
    .reduce<unknown>((holder, step) => memberOf(holder, step), value);
}

function memberOf(holder: unknown, step: string): unknown {
  if (typeof holder !== "object" || holder === null || !Object.hasOwn(holder, step)) return undefined;
  return (holder as Readonly<Record<string, unknown>>)[step];
}
