/** The fields of a page's address: how each is read from its text and written as text. */

import { firstOf, type Search } from "./search";

export interface Field<T> {
  /** The value when the address does not say. */
  readonly initial: T;
  /** Return the value that a text stands for; undefined when it stands for none. */
  read(text: string): T | undefined;
  /** Return the text of a value; undefined when it need not stand in the address. */
  write(value: T): string | undefined;
  /** What is expected, for the notice about a wrong one. */
  readonly expected: string;
}

// biome-ignore lint/suspicious/noExplicitAny: the values of fields of one page have different types
export type Fields = Readonly<Record<string, Field<any>>>;
export type Values<F extends Fields> = { readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };

/** A parameter whose value its field does not take. */
export interface Wrong {
  readonly name: string;
  readonly text: string;
  readonly expected: string;
}

/** Any text; empty when absent. */
export function text(): Field<string> {
  return { initial: "", read: (raw) => raw, write: (value) => value || undefined, expected: "text" };
}

/** One of some words, the first when absent. */
export function choice<const T extends string>(...options: readonly [T, ...T[]]): Field<T> {
  return {
    initial: options[0],
    read: (raw) => options.find((option) => option === raw),
    write: (value) => (value === options[0] ? undefined : value),
    expected: `one of ${options.join(", ")}`,
  };
}

/** A whole number within bounds, `initial` when absent. */
export function integer(initial: number, min = 1, max = Number.MAX_SAFE_INTEGER): Field<number> {
  return {
    initial,
    read: (raw) => {
      const value = /^-?\d{1,16}$/.test(raw) ? Number(raw) : Number.NaN;
      return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
    },
    write: (value) => (value === initial ? undefined : String(value)),
    expected: `a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`}`,
  };
}

/** A switch: `true` when on, absent when off. */
export function flag(): Field<boolean> {
  return {
    initial: false,
    read: (raw) => (raw === "true" ? true : raw === "false" ? false : undefined),
    write: (value) => (value ? "true" : undefined),
    expected: "true or false",
  };
}

/** Return the values of the fields, and the parameters that are wrong; these count as absent. */
export function readFields<F extends Fields>(fields: F, search: Search): { values: Values<F>; wrong: Wrong[] } {
  const values: Record<string, unknown> = {};
  const wrong: Wrong[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const raw = firstOf(search, name);
    const value = raw === undefined ? undefined : field.read(raw);
    if (raw !== undefined && value === undefined) wrong.push({ name, text: raw, expected: field.expected });
    values[name] = value === undefined ? field.initial : value;
  }
  return { values: values as Values<F>, wrong };
}

/** Return the texts of changed fields, undefined for those that leave the address. */
export function writeFields<F extends Fields>(
  fields: F,
  changes: Partial<Values<F>>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(changes).map(([name, value]) => [
      name,
      value === undefined ? undefined : fields[name]?.write(value),
    ]),
  );
}
