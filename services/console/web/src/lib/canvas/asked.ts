/** What whoever runs a workflow is asked for: its blanks as the fields of a form, and the body that is made of them. */

import type { Json } from "./definition";
import { asSchema, type Field, fieldOf, type Schema, typesOf } from "./fields";
import { type Given, literalOf, printLiteral, readLiteral } from "./literals";

export interface Asked {
  /** The keys that lead to it in the body. */
  readonly place: readonly string[];
  readonly label: string;
  readonly field: Field;
}

/** A blank as the API tells it. */
interface ToldBlank {
  readonly place: readonly string[];
  readonly schema: Schema;
  readonly required: boolean;
}

/** Return what is asked for by the schema of a body. */
export function askedBySchema(schema: Schema, place: readonly string[] = [], isRequired = true): readonly Asked[] {
  if (place.length > 0 && !holdsBlanks(schema)) return [asked(place, schema, isRequired)];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(asSchema(schema.properties)).flatMap(([key, part]) =>
    askedBySchema(asSchema(part), [...place, key], isRequired && required.includes(key)),
  );
}

/** Return the same of blanks. */
export function askedByBlanks(blanks: readonly ToldBlank[]): readonly Asked[] {
  return blanks.map(({ place, schema, required }) => asked(place, schema, required));
}

/** Return the text that the input of a blank begins with: its default. */
export function firstText({ field }: Asked): string {
  return printLiteral(field, field.schema.default as Given);
}

/** Return what is wrong with the text of an input; undefined when it can be sent. */
export function faultOfText({ field }: Asked, text: string): string | undefined {
  const read = readLiteral(field, text);
  return "fault" in read ? read.fault : undefined;
}

/** Return the body that the texts of the inputs make, in the order of what is asked for. */
export function bodyOf(all: readonly Asked[], texts: readonly string[]): { readonly [key: string]: Json } {
  const body: { [key: string]: Json } = {};
  all.forEach((one, index) => {
    const value = valueTyped(one, texts[index] ?? "");
    if (value !== undefined) put(body, one.place, value);
  });
  return body;
}

/** Return which of what is asked for a place of the body is about; -1 when none is. */
export function indexAt(all: readonly Asked[], place: readonly (string | number)[]): number {
  const isWithin = (whole: readonly (string | number)[], part: readonly (string | number)[]) =>
    part.every((key, depth) => String(whole[depth]) === key);
  const exact = all.findIndex((one) => isWithin(place, one.place));
  // What is missing may be told of the object around it.
  return exact >= 0 || place.length === 0 ? exact : all.findIndex((one) => isWithin(one.place, place.map(String)));
}

/** An empty text is one where a text has to be given; anything else that is empty is left out. */
function valueTyped({ field }: Asked, text: string): Given {
  if (text === "" && field.kind === "text" && field.isRequired) return "";
  const read = readLiteral({ ...field, isRequired: false }, text);
  return "fault" in read ? undefined : literalOf(read.given);
}

function asked(place: readonly string[], schema: Schema, isRequired: boolean): Asked {
  const [task = "", ...below] = place;
  const field = fieldOf(place.join("."), schema, isRequired);
  const isField = below.length === 1 && field.title !== field.name;
  return { place, field, label: below.length === 0 ? task : `${task}: ${isField ? field.title : below.join(".")}` };
}

/** Return whether a schema is that of an object on the way to blanks, not that of a blank. */
function holdsBlanks(schema: Schema): boolean {
  const words = ["type", "properties", "required"];
  return typesOf(schema).join() === "object" && Object.keys(schema).sort().join() === words.sort().join();
}

function put(body: { [key: string]: Json }, [key = "", ...below]: readonly string[], value: Json): void {
  if (below.length === 0) {
    body[key] = value;
    return;
  }
  const inner = { ...asSchema(body[key]) } as { [key: string]: Json };
  put(inner, below, value);
  body[key] = inner;
}
