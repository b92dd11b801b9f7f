/**
 * The references to tasks in a definition: `tasks.X` and `tasks["X y"]` where it is evaluated (`$ref`, `$format`,
 * expressions), and never in plain texts. Whatever stays as it was stays the same object.
 */

import type { Json, TaskDefinition } from "./definition";

/** Names that tasks have from now on, by those they had. */
export type Renamings = ReadonlyMap<string, string>;

type JsonObject = { readonly [key: string]: Json };

/** The types whose field `expression` is evaluated. */
const EVALUATING = ["transform", "condition"];
const FOR_EACH = "for-each";
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const AT_TASK = /tasks(?:\.([A-Za-z_][A-Za-z0-9_]*)|\[("(?:[^"\\]|\\.)*")\])/y;
const RAW_STRING = String.raw`(?:[rR][bB]?|[bB][rR])(?:"{3}[\s\S]*?"{3}|'{3}[\s\S]*?'{3}|"[^"\n]*"|'[^'\n]*')`;
const STRING = String.raw`[bB]?(?:"{3}(?:[^\\]|\\[\s\S])*?"{3}|'{3}(?:[^\\]|\\[\s\S])*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`;
const TOKEN = new RegExp(String.raw`(\s+|\/\/[^\n]*)|(${RAW_STRING}|${STRING})|([A-Za-z_][A-Za-z0-9_]*)|([\s\S])`, "g");

/** Return a task whose references follow the names. */
export function followed(task: TaskDefinition, names: Renamings): TaskDefinition {
  const { type, body } = task;
  const changed = body && followedBody(type, body, names);
  return changed === undefined || changed === body ? task : { ...task, body: changed };
}

function followedBody(type: string, body: JsonObject, names: Renamings): JsonObject {
  return mapped(body, (value, field) => followedField(type, field, value, names));
}

/** Return a value whose references follow the names: that of a field, or the output of a workflow. */
export function followedValue(value: Json, names: Renamings): Json {
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => followedValue(item, names));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isObject(value) || "$value" in value || "$blank" in value) return value;
  if (typeof value.$ref === "string") return replaced(value, "$ref", followedPath(value.$ref, names));
  if (typeof value.$format === "string") return replaced(value, "$format", followedText(value.$format, names));
  return mapped(value, (member) => followedValue(member, names));
}

/** Return an expression whose references follow the names. */
export function followedExpression(text: string, names: Renamings): string {
  const tokens = [...text.matchAll(TOKEN)]
    .map(([whole, space, string, name], place) => ({ text: whole, isSpace: space !== undefined, string, name, place }))
    .filter(({ isSpace }) => !isSpace);
  const texts = [...text.matchAll(TOKEN)].map(([whole]) => whole);
  tokens.forEach((token, at) => {
    if (token.name !== "tasks" || tokens[at - 1]?.text === ".") return;
    const [mark, task, end] = tokens.slice(at + 1, at + 4);
    const isMember = mark?.text === "." && task?.name !== undefined && end?.text !== "(";
    const isIndex = mark?.text === "[" && task?.string !== undefined && end?.text === "]";
    if (mark === undefined || task === undefined || !(isMember || isIndex)) return;
    const to = names.get((isMember ? task.text : unquoted(task.text)) ?? "");
    if (to === undefined) return;
    texts[mark.place] = stepTo(to);
    texts[task.place] = "";
    if (isIndex && end !== undefined) texts[end.place] = "";
  });
  return texts.join("");
}

/** Write the step from `tasks` to a task. */
export function stepTo(name: string): string {
  return NAME.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function followedField(type: string, field: string, value: Json, names: Renamings): Json {
  const id = typeId(type);
  if (field === "expression" && typeof value === "string" && EVALUATING.includes(id)) {
    return followedExpression(value, names);
  }
  if (field === "do" && id === FOR_EACH && isObject(value) && isObject(value.body) && typeof value.type === "string") {
    return replaced(value, "body", followedBody(value.type, value.body, names));
  }
  return followedValue(value, names);
}

/** Return the id of a type from whatever a definition calls it: its title counts too, in any case. */
export function typeId(type: string): string {
  return type.trim().toLowerCase().replace(/\s+/g, "-");
}

function followedPath(path: string, names: Renamings): string {
  const found = taskAt(path, 0);
  const to = found && names.get(found.task);
  return found === undefined || to === undefined ? path : `tasks${stepTo(to)}${path.slice(found.end)}`;
}

/** Follow the names in a formatted text, in which `{{` is a brace. */
function followedText(text: string, names: Renamings): string {
  return text.replace(/\{\{|\{(tasks[\s\S]*)/g, (whole, rest: string | undefined) =>
    rest === undefined ? whole : `{${followedSlot(rest, names)}`,
  );
}

/** Follow the names in what begins with the path of a slot and goes on to the text's end. */
function followedSlot(rest: string, names: Renamings): string {
  const end = taskAt(rest, 0)?.end ?? "tasks".length;
  return followedPath(rest.slice(0, end), names) + followedText(rest.slice(end), names);
}

function taskAt(text: string, at: number): { readonly task: string; readonly end: number } | undefined {
  AT_TASK.lastIndex = at;
  const found = AT_TASK.exec(text);
  if (found === null) return undefined;
  const task = found[1] ?? unquoted(found[2] ?? "");
  return task === undefined ? undefined : { task, end: AT_TASK.lastIndex };
}

/** Return what a string of JSON or of an expression says; undefined for one that only the server can read. */
function unquoted(literal: string): string | undefined {
  const [, prefix = "", quote = "", inner = ""] = /^([rRbB]*)("{3}|'{3}|"|')([\s\S]*)\2$/.exec(literal) ?? [];
  if (quote === "" || /b/i.test(prefix)) return undefined;
  if (/r/i.test(prefix)) return inner;
  const asJson = inner
    .replace(/\\'/g, "'")
    .replace(/\\[\s\S]|"|\n/g, (one) => (one === '"' ? '\\"' : one === "\n" ? "\\n" : one));
  try {
    return String(JSON.parse(`"${asJson}"`));
  } catch {
    return undefined;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function replaced(value: JsonObject, key: string, member: Json): JsonObject {
  return value[key] === member ? value : { ...value, [key]: member };
}

/** Return the same object where nothing has changed. */
function mapped(value: JsonObject, change: (member: Json, key: string) => Json): JsonObject {
  const entries = Object.entries(value).map(([key, member]) => [key, change(member, key)] as const);
  return entries.every(([key, member]) => member === value[key]) ? value : Object.fromEntries(entries);
}
