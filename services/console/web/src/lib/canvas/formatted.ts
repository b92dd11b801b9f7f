/** Formatted texts, `Hi {input.name}, {tasks.Price.output.total|json} {{in braces}}`, as the API reads them. */

import { type Fault, type Path, readPath } from "./paths";

export const FILTERS = ["upper", "lower", "trim", "json", "url"] as const;
export type FilterName = (typeof FILTERS)[number];

export interface Slot {
  readonly path: Path;
  /** The path as it is written. */
  readonly text: string;
  readonly filter: FilterName | null;
}

export type Part = string | Slot;

const PLAIN = /(?:[^{}]|\{\{|\}\})+/y;
const FILTER = /\|([a-z]+)/y;

/** Read a formatted text. */
export function parseFormatted(text: string): readonly Part[] | Fault {
  const parts: Part[] = [];
  let at = 0;
  while (at < text.length) {
    PLAIN.lastIndex = at;
    const plain = PLAIN.exec(text)?.[0];
    if (plain !== undefined) {
      parts.push(plain.replaceAll("{{", "{").replaceAll("}}", "}"));
      at += plain.length;
      continue;
    }
    if (text[at] === "}") return { fault: `A single } at character ${at + 1}: }} is one in the text` };
    const read = readSlot(text, at + 1);
    if ("fault" in read) return read;
    parts.push(read.slot);
    at = read.end;
  }
  return parts;
}

/** Write a slot: `{path}` or `{path|filter}`. */
export function slotText(path: string, filter: FilterName | null = null): string {
  return filter === null ? `{${path}}` : `{${path}|${filter}}`;
}

/** Write a plain text as a formatted one that gives it. */
export function escapeFormatted(text: string): string {
  return text.replaceAll("{", "{{").replaceAll("}", "}}");
}

/** Return the plain text that a formatted one always gives; undefined when it has slots or is none. */
export function plainTextOf(text: string): string | undefined {
  const parts = parseFormatted(text);
  if ("fault" in parts) return undefined;
  return parts.every((part) => typeof part === "string") ? parts.join("") : undefined;
}

/** Return the path of a text that is one slot without a filter, and nothing else. */
export function onlyPathOf(text: string): string | undefined {
  const parts = parseFormatted(text);
  if ("fault" in parts || parts.length !== 1) return undefined;
  const [part] = parts;
  return typeof part === "object" && part.filter === null ? part.text : undefined;
}

function readSlot(text: string, start: number): { readonly slot: Slot; readonly end: number } | Fault {
  const read = readPath(text, start);
  if ("fault" in read) return { fault: `${read.fault}, at character ${start + 1}: {{ is a brace in the text` };
  FILTER.lastIndex = read.end;
  const found = FILTER.exec(text);
  const filter = FILTERS.find((one) => one === found?.[1]) ?? null;
  if (found !== null && filter === null) {
    return { fault: `There is no filter “${found[1]}”; the filters are ${FILTERS.join(", ")}` };
  }
  const end = read.end + (found?.[0].length ?? 0);
  if (text[end] !== "}") {
    return { fault: `A slot is {path} or {path|filter}, and does not go on at character ${end + 1}` };
  }
  return { slot: { path: read.path, text: text.slice(start, read.end), filter }, end: end + 1 };
}
