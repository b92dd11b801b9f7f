/** The blanks of a workflow, and their places in the body that its callers send. */

import type { Definition, Json, TaskDefinition } from "./definition";
import { asSchema, type Field, fieldsOf, type Schema } from "./fields";
import { type Given, isMarked, isObject } from "./literals";
import { typeId } from "./references";
import { type BlankNote, modeOf, noteOf } from "./values";

/** What of a task type tells its fields. */
export interface FormOfType {
  readonly type: string;
  readonly title: string;
  readonly fields: Schema;
  readonly outputs: Schema;
}

export interface PlacedBlank {
  /** The keys that lead to it in the caller's body. */
  readonly place: readonly string[];
  readonly field: Field;
  readonly note: BlankNote;
}

/** Find a type by its id or title, in any case, with blanks as hyphens. */
export function typeNamed<T extends { readonly type: string; readonly title: string }>(
  types: readonly T[],
  name: string,
): T | undefined {
  const wanted = typeId(name);
  return types.find((one) => one.type === wanted) ?? types.find((one) => typeId(one.title) === wanted);
}

/** Return the blanks of a workflow, each place once. */
export function blanksOf({ tasks }: Definition, types: readonly FormOfType[]): readonly PlacedBlank[] {
  const found = Object.entries(tasks).flatMap(([name, task]) => blanksOfTask(task, types, [name]));
  return [...new Map(found.map((one) => [JSON.stringify(one.place), one])).values()];
}

/** Return the place of a field's blank: that of its name, where it has one. */
export function placeOf(note: BlankNote, place: readonly string[]): readonly string[] {
  return note.name === undefined ? place : [note.name];
}

/** Return the task that the value of a field is, as in a for-each. */
export function innerTaskOf(given: Given): TaskDefinition {
  const task = isObject(given) ? given : {};
  return { ...task, type: typeof task.type === "string" ? task.type : "" };
}

function blanksOfTask(
  task: TaskDefinition,
  types: readonly FormOfType[],
  place: readonly string[],
): readonly PlacedBlank[] {
  const form = typeNamed(types, task.type)?.fields ?? {};
  const body = asSchema(task.body) as { readonly [field: string]: Json };
  return fieldsOf(form).flatMap((field) => {
    const at = [...place, field.name];
    if (field.kind === "task") return blanksOfTask(innerTaskOf(body[field.name]), types, [...at, "body"]);
    if (field.isLiteral) return [];
    const given = body[field.name];
    if (given === undefined || given === null) {
      return modeOf(given, field) === "blank" ? [{ place: at, field, note: {} }] : [];
    }
    return blanksWithin(given, field, at);
  });
}

function blanksWithin(given: Json, field: Field, place: readonly string[]): readonly PlacedBlank[] {
  const note = noteOf(given);
  if (note !== undefined) return [{ place: placeOf(note, place), field, note }];
  if (typeof given !== "object" || given === null || isMarked(given)) return [];
  return Object.entries(given).flatMap(([key, value]) => blanksWithin(value, field, [...place, key]));
}
