/** A filter in words: `resourceType = ORDER and (total ≥ 10 or currency is one of EUR, USD)`. */

import { type Group, isNegation, type Join, type Leaf, type Node, type Operator } from "./conditions";
import { COMPARISONS } from "./words";

export const OPERATOR_WORDS: Readonly<Record<Operator, string>> = {
  ...COMPARISONS,
  in: "is one of",
  not_in: "is none of",
  contains: "contains",
  exists: "exists",
};

export const JOIN_WORDS: Readonly<Record<Join, string>> = {
  all: "All of these hold",
  any: "Any of these holds",
  none: "None of these holds",
  not_all: "Not all of these hold",
};

/** Write a filter; empty when everything passes it. */
export function filterWords(filter: Group): string {
  return wordsOf(filter, true);
}

function wordsOf(node: Node, isOuter: boolean): string {
  if (node.kind === "leaf") return leafWords(node);
  const { join, parts } = node;
  const words = parts.map((part) => wordsOf(part, false)).join(join === "all" || join === "not_all" ? " and " : " or ");
  if (isNegation(join)) return `not (${words})`;
  return isOuter || parts.length === 1 ? words : `(${words})`;
}

function leafWords({ field, operator, type, texts }: Leaf): string {
  if (operator === "exists") return `${field} ${texts[0] === "false" ? "does not exist" : "exists"}`;
  if (type === "null") return `${field} ${operator === "neq" ? "exists" : "does not exist"}`;
  return `${field} ${OPERATOR_WORDS[operator]} ${texts.map((text) => text || '""').join(", ")}`;
}
