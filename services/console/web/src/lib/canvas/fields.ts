/** The fields of a task type: JSON Schemas with `title`, `x-order`, `x-code`, `x-literal`, `x-secret` and `x-task`. */

import type { Json } from "./definition";

export type Schema = Readonly<Record<string, unknown>>;

/** How a literal of a field is put in: typed as a text, chosen, listed one a line, or written as JSON. */
export type Kind = "text" | "code" | "number" | "boolean" | "choice" | "texts" | "time" | "json" | "task";

export interface Field {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly schema: Schema;
  readonly kind: Kind;
  readonly isRequired: boolean;
  /** Whether it takes no reference and no blank. */
  readonly isLiteral: boolean;
  readonly isSecret: boolean;
}

/** Return the fields of a form in its order. */
export function fieldsOf(form: Schema): readonly Field[] {
  const required = Array.isArray(form.required) ? form.required : [];
  return Object.entries(asSchema(form.properties))
    .map(([name, schema]) => fieldOf(name, asSchema(schema), required.includes(name)))
    .sort((one, other) => orderOf(one) - orderOf(other));
}

/** Return a field of a schema. */
export function fieldOf(name: string, schema: Schema, isRequired: boolean): Field {
  const { title, description } = schema;
  return {
    name,
    title: typeof title === "string" && title !== "" ? title : name,
    description: typeof description === "string" ? description : "",
    schema,
    kind: kindOf(schema),
    isRequired,
    isLiteral: schema["x-literal"] === true || "x-code" in schema,
    isSecret: schema["x-secret"] === true,
  };
}

/** Return the types of JSON that a schema names; none when it takes anything. */
export function typesOf({ type }: Schema): readonly string[] {
  if (typeof type === "string") return [type];
  return Array.isArray(type) ? type.filter((one) => typeof one === "string") : [];
}

/** Return the values of an enumeration; none when a schema is no such. */
export function choicesOf({ enum: values }: Schema): readonly Json[] {
  return Array.isArray(values) ? values : [];
}

export function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}

function kindOf(schema: Schema): Kind {
  if (schema["x-task"] === true) return "task";
  if ("x-code" in schema) return "code";
  if (choicesOf(schema).length > 0) return "choice";
  const types = typesOf(schema).filter((type) => type !== "null");
  const isOfTexts = typesOf(asSchema(schema.items)).join() === "string";
  if (types.includes("array") && isOfTexts && types.every((type) => type === "array" || type === "string")) {
    return "texts";
  }
  if (types.length !== 1) return "json";
  switch (types[0]) {
    case "string":
      return schema.format === "date-time" ? "time" : "text";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    default:
      return "json";
  }
}

function orderOf({ schema }: Field): number {
  const order = schema["x-order"];
  return typeof order === "number" ? order : Number.POSITIVE_INFINITY;
}
