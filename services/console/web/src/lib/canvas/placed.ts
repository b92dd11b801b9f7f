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

/** Return the names of a task's fields that a caller has to fill in, wholly or in part. */
export function blankFields(task: TaskDefinition, types: readonly FormOfType[]): readonly string[] {
  const found = fieldsOfTask(task, types).filter(([field, given]) => blanksOfField(field, given, types, []).length > 0);
  return found.map(([{ name }]) => name);
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
  return fieldsOfTask(task, types).flatMap(([field, given]) =>
    blanksOfField(field, given, types, [...place, field.name]),
  );
}

function fieldsOfTask(
  task: TaskDefinition,
  types: readonly FormOfType[],
): readonly (readonly [field: Field, given: Given])[] {
  const body = asSchema(task.body) as { readonly [field: string]: Json };
  return fieldsOf(typeNamed(types, task.type)?.fields ?? {}).map((field) => [field, body[field.name]]);
}

function blanksOfField(
  field: Field,
  given: Given,
  types: readonly FormOfType[],
  at: readonly string[],
): readonly PlacedBlank[] {
  if (field.kind === "task") return blanksOfTask(innerTaskOf(given), types, [...at, "body"]);
  if (field.isLiteral) return [];
  if (given === undefined || given === null || given === "") {
    return modeOf(given, field) === "blank" ? [{ place: at, field, note: {} }] : [];
  }
  return blanksWithin(given, field, at);
}

/** Within a value an empty text is no blank: one there is always written as an object. */
function blanksWithin(given: Json, field: Field, place: readonly string[]): readonly PlacedBlank[] {
  const note = given === "" ? undefined : noteOf(given);
  if (note !== undefined) return [{ place: placeOf(note, place), field, note }];
  if (typeof given !== "object" || given === null || isMarked(given)) return [];
  return Object.entries(given).flatMap(([key, value]) => blanksWithin(value, field, [...place, key]));
}
