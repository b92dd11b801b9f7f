/** The values of a form, and what the API says of them. Its names are the API's own, so that errors find their fields. */

import { useState } from "react";
import type { Problem } from "../../api/problem";
import { valueAt } from "../../lib/json/place";
import { useWrite, type WriteOptions } from "./useWrite";

type Name<V> = keyof V & string;
/** A field, or a part of it as the API names it: `events[1].name`. */
export type FieldPlace<V> = Name<V> | `${Name<V>}${"." | "["}${string}`;
export type Errors<V> = { readonly [P in FieldPlace<V>]?: string | undefined };

/** Another request with these values, and what was wrong with it: a preview, for instance. */
export interface Tried<V> {
  readonly values: V;
  readonly problem: Problem;
}

interface FormOptions<V, Out> extends WriteOptions<V, Out> {
  readonly initial: V;
  /** Return what is wrong without asking the API: a text that is no time, for instance. */
  readonly check?: (values: V) => Errors<V>;
  /** The fields that errors without a place are about, by code: `{ email_taken: "email" }`. */
  readonly fieldOf?: Readonly<Record<string, Name<V>>>;
  /** What else the API said of values like these; it stands at its fields too. */
  readonly tried?: Tried<V> | null;
}

interface Input<T> {
  readonly value: T;
  readonly error: string | undefined;
}

/** What an input, a text area or a native select tells when it changes. */
interface Typing {
  readonly currentTarget: { readonly value: string };
}

export interface Form<V extends object> {
  readonly values: V;
  readonly change: (changes: Partial<V>) => void;
  readonly isChanged: boolean;
  readonly isSaving: boolean;
  /** Whether the values are those that were saved last. */
  readonly isSaved: boolean;
  /** How often it was tried to send it. */
  readonly attempts: number;
  readonly problem: Problem | null;
  /** What was wrong with the values that were tried otherwise. */
  readonly triedProblem: Problem | null;
  /** Whether all that the problem says stands at fields. */
  readonly isAtFields: boolean;
  /** Return what is wrong with a field: what the API said of it, until it is changed. */
  readonly errorOf: (name: Name<V>) => string | undefined;
  /** Return what is wrong with one place and not with a part of it, until the value there is changed. */
  readonly errorAt: (place: FieldPlace<V>) => string | undefined;
  /** Return the properties of an input that is typed in, or a native select: `<TextInput label="Label" {...form.text("label")} />`. */
  readonly text: <N extends Name<V>>(name: N) => Input<V[N]> & { readonly onChange: (event: Typing) => void };
  /** Return the properties of an input that gives its value itself: a choice, a group of boxes. */
  readonly choice: <N extends Name<V>>(name: N) => Input<V[N]> & { readonly onChange: (value: unknown) => void };
  /** Have what is wrong shown, and return whether nothing is. */
  readonly attempt: () => boolean;
  readonly submit: () => void;
}

export function useForm<V extends object, Out>(all: FormOptions<V, Out>): Form<V> {
  const { initial, check, fieldOf = {}, tried = null, ...options } = all;
  const [values, setValues] = useState(initial);
  const [saved, setSaved] = useState<V | null>(null);
  const [attempts, setAttempts] = useState(0);
  const write = useWrite<V, Out>({
    ...options,
    onDone: (out) => {
      setSaved(values);
      options.onDone?.(out);
    },
  });
  const wrong: Errors<V> = check?.(values) ?? {};
  const isWrong = Object.values(wrong).some((error) => error !== undefined);
  const change = (changes: Partial<V>) => setValues((before) => ({ ...before, ...changes }));
  const errorOf = (name: Name<V>) => {
    if (attempts > 0 && wrong[name] !== undefined) return wrong[name];
    const { variables, error } = write;
    const ofTried = tried !== null && tried.values[name] === values[name] ? tried.problem.within(name) : undefined;
    if (error === null || variables?.[name] !== values[name]) return ofTried;
    return fieldOf[error.code] === name ? error.detail : (error.within(name) ?? ofTried);
  };
  const told = (place: FieldPlace<V>, { values: sent, problem }: Tried<V>) =>
    isSame(valueAt(sent, place), valueAt(values, place)) ? problem.about(place) : undefined;
  const errorAt = (place: FieldPlace<V>) => {
    if (attempts > 0 && wrong[place] !== undefined) return wrong[place];
    const { variables, error } = write;
    const ofWrite =
      error === null || variables === undefined ? undefined : told(place, { values: variables, problem: error });
    return ofWrite ?? (tried === null ? undefined : told(place, tried));
  };
  const attempt = () => {
    setAttempts(attempts + 1);
    return !isWrong;
  };
  const input = <N extends Name<V>>(name: N): Input<V[N]> => ({ value: values[name], error: errorOf(name) });
  return {
    values,
    change,
    isChanged: !isSame(values, saved ?? initial),
    isSaving: write.isPending,
    isSaved: saved !== null && isSame(values, saved),
    attempts,
    problem: write.error,
    triedProblem: tried?.problem ?? null,
    isAtFields: write.error !== null && (write.error.code in fieldOf || isWithin(initial, write.error)),
    errorOf,
    errorAt,
    text: (name) => ({
      ...input(name),
      onChange: (event) => change({ [name]: event.currentTarget.value } as unknown as Partial<V>),
    }),
    choice: (name) => ({ ...input(name), onChange: (value) => change({ [name]: value } as Partial<V>) }),
    attempt,
    submit: () => {
      if (attempt() && !write.isPending) write.mutate(values);
    },
  };
}

/** Return whether a problem is about fields of a form and nothing else. */
function isWithin(fields: object, { violations }: Problem): boolean {
  return violations.length > 0 && violations.every(({ field }) => (field.split(/[.[]/)[0] ?? field) in fields);
}

/** Return whether two values say the same; they are plain data. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
