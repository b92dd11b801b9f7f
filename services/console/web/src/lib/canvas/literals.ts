/** Literals of fields: how they are written in a definition, and as the text of an input. */

import { faultOf } from "../json/fault";
import type { Json } from "./definition";
import { choicesOf, type Field, typesOf } from "./fields";
import type { Fault } from "./paths";

export const VALUE = "$value";

/** What a definition has for a field; undefined where it has nothing. */
export type Given = Json | undefined;

export function isObject(value: Given): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Return whether an object is one that stands for something else: one of its keys begins with `$`. */
export function isMarked(value: Given): value is { readonly [key: string]: Json } {
  return isObject(value) && Object.keys(value).some((key) => key.startsWith("$"));
}

/** Return whether a value means itself wherever it stands: nothing in it is empty, a blank or a reference. */
export function isPlain(value: Json): boolean {
  if (value === "" || isMarked(value)) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every(isPlain);
}

/** Write a literal: as it is where it means itself, else as `{"$value": …}`. */
export function asLiteral(value: Json): Json {
  return value !== null && isPlain(value) ? value : { [VALUE]: value };
}

/** Return the literal that a definition has for a field; undefined when it has another kind of value, or nothing. */
export function literalOf(given: Given): Given {
  if (given === undefined || given === null) return undefined;
  if (isObject(given) && Object.keys(given).join() === VALUE) return given[VALUE];
  return isPlain(given) ? given : undefined;
}

/** Return whether a literal can be shown and changed in the input of a field. */
export function isShownBy({ kind, schema }: Field, literal: Json): boolean {
  if (literal === null) return true;
  switch (kind) {
    case "json":
    case "task":
      return true;
    case "number":
      return typeof literal === "number" && (Number.isInteger(literal) || typesOf(schema).includes("number"));
    case "boolean":
      return typeof literal === "boolean";
    case "choice":
      return choicesOf(schema).some((one) => JSON.stringify(one) === JSON.stringify(literal));
    case "texts":
      return isLine(literal) || (Array.isArray(literal) && literal.length > 0 && literal.every(isLine));
    default:
      return typeof literal === "string";
  }
}

/** Write the literal of a field as the text of its input. */
export function printLiteral({ kind }: Field, literal: Given): string {
  if (literal === undefined) return "";
  if (kind === "json" || kind === "task") return JSON.stringify(literal, null, 2);
  if (literal === null) return "";
  if (kind === "choice") return JSON.stringify(literal);
  if (Array.isArray(literal)) return literal.join("\n");
  return String(literal);
}

/** Read the text of a field's input as what the definition has. An empty one leaves a field out that may be absent. */
export function readLiteral(field: Field, text: string): { readonly given: Given } | Fault {
  const { kind, schema, isRequired, isLiteral } = field;
  // A text with a line break at its end is one that goes on.
  if (text.trim() === "" && (kind !== "text" || text === "")) {
    if (!isRequired || isLiteral) return { given: undefined };
    return { given: { [VALUE]: kind === "text" ? "" : null } };
  }
  switch (kind) {
    case "number":
      return readNumber(text, typesOf(schema).includes("number"));
    case "boolean":
    case "choice":
    case "json":
    case "task": {
      const fault = faultOf(text);
      return fault === undefined ? { given: asLiteral(JSON.parse(text)) } : { fault };
    }
    case "texts": {
      const lines = text.split("\n").filter((line) => line.trim() !== "");
      const isOne = lines.length === 1 && typesOf(schema).includes("string");
      return { given: isOne ? (lines[0] ?? "") : lines };
    }
    default:
      return { given: text };
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function readNumber(text: string, mayBeFraction: boolean): { readonly given: Given } | Fault {
  const typed = text.trim();
  const value = Number(typed);
  const isNumber = NUMBER.test(typed) && Number.isFinite(value);
  if (!isNumber || !(mayBeFraction || Number.isInteger(value))) {
    return { fault: mayBeFraction ? "A number, as 2.5" : "A whole number" };
  }
  return { given: value };
}

function isLine(value: Json): value is string {
  return typeof value === "string" && value.trim() !== "" && !value.includes("\n");
}
