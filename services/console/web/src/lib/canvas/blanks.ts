/** The fields of a task that a caller has to fill in. */

import type { Json, TaskDefinition } from "./definition";

type Schema = { readonly [key: string]: unknown };

/** Return the fields of a task that are blank, or hold a blank; `fields` is the schema of its type's fields. */
export function blankFields(task: TaskDefinition, fields: Schema | undefined): readonly string[] {
  const { body = {} } = task;
  const schemas = asObject(fields?.properties);
  const required = Array.isArray(fields?.required) ? fields.required.map(String) : [];
  const names = new Set([...Object.keys(schemas), ...Object.keys(body)]);
  return [...names].filter((name) => {
    const value = body[name] ?? (required.includes(name) ? "" : null);
    const schema = asObject(schemas[name]);
    return !isNeverBlank(schema) && (value === "" || holdsBlank(value));
  });
}

/** A program text and a task within the task are taken as they are. */
function isNeverBlank(schema: Schema): boolean {
  return "x-code" in schema || schema["x-literal"] === true || schema["x-task"] === true;
}

function holdsBlank(value: Json): boolean {
  if (Array.isArray(value)) return value.some(holdsBlank);
  if (typeof value !== "object" || value === null || "$value" in value) return false;
  return "$blank" in value || Object.values(value).some((member) => holdsBlank(member));
}

function asObject(value: unknown): Schema {
  return typeof value === "object" && value !== null ? (value as Schema) : {};
}
