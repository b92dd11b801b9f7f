/**
 * The value of a task's field, and the mode in which the settings show it. A mode is read off the value, and is changed
 * by making another value of it; a value that is in a mode already stays as it is.
 */

import type { Json } from "./definition";
import { choicesOf, type Field, typesOf } from "./fields";
import { escapeFormatted, onlyPathOf, plainTextOf, slotText } from "./formatted";
import { asLiteral, type Given, isMarked, isObject, isShownBy, literalOf } from "./literals";

export const MODES = ["value", "blank", "reference", "text", "json"] as const;
export type Mode = (typeof MODES)[number];

export const REFERENCE = "$ref";
export const FORMAT = "$format";
export const BLANK = "$blank";

/** What a blank says of itself, besides what its field says. */
export interface BlankNote {
  readonly name?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly required?: boolean;
  readonly secret?: boolean;
}

export interface Reference {
  readonly path: string;
  readonly default: Given;
}

/** Return the modes that a field may be in. */
export function modesOf(field: Field): readonly Mode[] {
  if (field.kind === "task") return ["json"];
  return field.isLiteral ? ["value"] : MODES;
}

/** Return the mode of a field by its value. */
export function modeOf(given: Given, field: Field): Mode {
  if (field.kind === "task") return "json";
  if (field.isLiteral) return "value";
  if (given === undefined || given === null) return field.isRequired ? "blank" : "value";
  if (given === "" || noteOf(given) !== undefined) return "blank";
  if (referenceOf(given) !== undefined) return "reference";
  if (formatOf(given) !== undefined) return "text";
  const literal = literalOf(given);
  return literal !== undefined && isShownBy(field, literal) ? "value" : "json";
}

/** Return whether a value can be shown in a mode: as JSON, whatever is there; else in its own mode alone. */
export function isShownIn(mode: Mode, given: Given, field: Field): boolean {
  return mode === modeOf(given, field) || (mode === "json" && given !== undefined && modesOf(field).includes(mode));
}

/** Return a field's value in a mode: the same when it is in it, else what it says, as far as the mode can say it. */
export function valueIn(mode: Mode, given: Given, field: Field): Given {
  if (isShownIn(mode, given, field) || !modesOf(field).includes(mode)) return given;
  switch (mode) {
    case "blank":
      return "";
    case "reference":
      return { [REFERENCE]: onlyPathOf(formatOf(given) ?? "") ?? "" };
    case "text":
      return { [FORMAT]: asFormat(given) };
    case "json":
      return given ?? firstJson(field);
    case "value":
      return asValue(given, field);
  }
}

/** Return what a blank says of itself, `{}` for a bare one; undefined when the value is no blank. */
export function noteOf(given: Given): BlankNote | undefined {
  if (given === "") return {};
  const note = isMarked(given) && hasKeys(given, BLANK) ? given[BLANK] : undefined;
  return isObject(note) ? (note as BlankNote) : undefined;
}

/** Write a blank. */
export function blankOf(note: BlankNote): Json {
  const said = Object.entries(note).filter(([, value]) => value !== undefined);
  return said.length === 0 ? "" : { [BLANK]: Object.fromEntries(said) as Json };
}

/** Return the reference that a value is; undefined when it is none. */
export function referenceOf(given: Given): Reference | undefined {
  if (!isMarked(given) || !(hasKeys(given, REFERENCE) || hasKeys(given, REFERENCE, "default"))) return undefined;
  const path = given[REFERENCE];
  return typeof path === "string" ? { path, default: given.default } : undefined;
}

/** Write a reference. */
export function refer({ path, default: otherwise }: Reference): Json {
  return otherwise === undefined ? { [REFERENCE]: path } : { [REFERENCE]: path, default: otherwise };
}

/** Return the formatted text that a value is; undefined when it is none. */
export function formatOf(given: Given): string | undefined {
  const text = isMarked(given) && hasKeys(given, FORMAT) ? given[FORMAT] : undefined;
  return typeof text === "string" ? text : undefined;
}

function hasKeys(given: object, ...keys: readonly string[]): boolean {
  return Object.keys(given).length === keys.length && keys.every((key) => key in given);
}

function asFormat(given: Given): string {
  const reference = referenceOf(given);
  if (reference !== undefined) return reference.path === "" ? "" : slotText(reference.path);
  const literal = literalOf(given);
  if (literal === undefined || literal === null) return "";
  return escapeFormatted(typeof literal === "string" ? literal : JSON.stringify(literal));
}

function asValue(given: Given, field: Field): Given {
  const format = formatOf(given);
  const said = [format === undefined ? undefined : (plainTextOf(format) ?? format), noteOf(given)?.default];
  const found = said.find((one) => one !== undefined && one !== null && one !== "" && isShownBy(field, one));
  if (found !== undefined) return asLiteral(found);
  return field.isRequired ? asLiteral(firstLiteral(field)) : undefined;
}

/** Return what a required field begins with: its default, else the first choice, else nothing yet. */
function firstLiteral({ kind, schema }: Field): Json {
  const [choice] = choicesOf(schema);
  const standard = schema.default as Given;
  if (standard !== undefined) return standard;
  if (choice !== undefined) return choice;
  if (kind === "boolean") return false;
  return kind === "text" ? "" : null;
}

function firstJson({ schema }: Field): Json {
  const types = typesOf(schema);
  if (types.includes("array") && !types.includes("object")) return [];
  return types.length === 0 || types.includes("object") ? {} : "";
}
