/** The settings of a type as fields of a form: each value is a text there, and what the API expects when it is sent. */

import type { AccountForm } from "./kinds";

export interface Setting {
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly isRequired: boolean;
  readonly kind: "text" | "whole number" | "json" | "choice";
  readonly options: readonly string[];
  /** The text of what holds when nothing is given. */
  readonly usual: string;
}

interface Schema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly "x-order"?: number;
}

/** Return the settings that a form's JSON Schema describes, in their order. */
export function settingsOf({ settings }: Pick<AccountForm, "settings">): readonly Setting[] {
  const { properties = {}, required = [] } = settings as {
    properties?: Readonly<Record<string, Schema>>;
    required?: readonly string[];
  };
  return Object.entries(properties)
    .sort(([, one], [, other]) => (one["x-order"] ?? 0) - (other["x-order"] ?? 0))
    .map(([name, schema]) => {
      const inner = schema.anyOf?.find(({ type }) => type !== "null") ?? schema;
      return {
        name,
        title: schema.title ?? name,
        description: schema.description?.replaceAll("`", ""),
        isRequired: required.includes(name),
        kind: kindOf(inner),
        options: inner.enum ?? [],
        usual: textOf(schema.default),
      };
    });
}

function kindOf(schema: Schema): Setting["kind"] {
  if (schema.enum !== undefined) return "choice";
  if (schema.type === "object" || schema.type === "array") return "json";
  return schema.type === "integer" ? "whole number" : "text";
}

/** Return the text of a value as a field has it. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Return the settings that texts stand for. What is empty is left out; what is wrong goes as it is, to be refused. */
export function readSettings(
  settings: readonly Setting[],
  texts: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const given = settings.filter(({ name }) => (texts[name] ?? "").trim() !== "");
  return Object.fromEntries(given.map(({ name, kind }) => [name, valueFor(kind, (texts[name] ?? "").trim())]));
}

function valueFor(kind: Setting["kind"], text: string): unknown {
  if (kind === "whole number") return /^-?\d+$/.test(text) ? Number(text) : text;
  if (kind !== "json") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
