/** What is different between two JSON values. */

export type Step = string | number;

/** One place where two values differ; what is inside of something added or removed is not told apart. */
export type Difference =
  | { readonly kind: "added"; readonly path: readonly Step[]; readonly after: unknown }
  | { readonly kind: "removed"; readonly path: readonly Step[]; readonly before: unknown }
  | { readonly kind: "changed"; readonly path: readonly Step[]; readonly before: unknown; readonly after: unknown };

/** Return the differences in the order of the members; elements of arrays are compared by their place. */
export function differences(before: unknown, after: unknown, path: readonly Step[] = []): Difference[] {
  if (Array.isArray(before) && Array.isArray(after)) return ofMembers(before.keys(), after.keys(), before, after, path);
  if (isObject(before) && isObject(after)) {
    return ofMembers(Object.keys(before), Object.keys(after), before, after, path);
  }
  return Object.is(before, after) ? [] : [{ kind: "changed", path, before, after }];
}

/** Write a path as in JavaScript: `items[0].price`, `["a name"]`; empty for the whole. */
export function pathText(path: readonly Step[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!/^[A-Za-z_$][\w$]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

function ofMembers(
  stepsBefore: Iterable<Step>,
  stepsAfter: Iterable<Step>,
  before: object,
  after: object,
  path: readonly Step[],
): Difference[] {
  return [...new Set([...stepsBefore, ...stepsAfter])].flatMap((step): Difference[] => {
    const here = [...path, step];
    if (!Object.hasOwn(before, step)) return [{ kind: "added", path: here, after: memberOf(after, step) }];
    if (!Object.hasOwn(after, step)) return [{ kind: "removed", path: here, before: memberOf(before, step) }];
    return differences(memberOf(before, step), memberOf(after, step), here);
  });
}

function memberOf(holder: object, step: Step): unknown {
  return (holder as Record<Step, unknown>)[step];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
