/**
 * The filter of a metric as groups of conditions that can be edited, and as the `filterConditions` of the API. Reading
 * what was written gives what was written; what is read means the same when it is written again.
 */

export type Json = Readonly<Record<string, unknown>>;

export const OPERATORS = ["eq", "neq", "gt", "gte", "lt", "lte", "in", "not_in", "contains", "exists"] as const;
export type Operator = (typeof OPERATORS)[number];
/** How the parts of a group are taken together. */
export const JOINS = ["all", "any", "none", "not_all"] as const;
export type Join = (typeof JOINS)[number];
/** The kinds of values; a list of several kinds is written as JSON. */
export const KINDS = ["text", "number", "boolean", "null", "json"] as const;
export type Kind = (typeof KINDS)[number];

/** A condition as it is typed; it may be unfinished. A list has several texts, every other operator one. */
export interface Leaf {
  readonly kind: "leaf";
  readonly field: string;
  readonly operator: Operator;
  readonly type: Kind;
  readonly texts: readonly string[];
}

export interface Group {
  readonly kind: "group";
  readonly join: Join;
  readonly parts: readonly Node[];
}

export type Node = Leaf | Group;
/** The places of the parts that lead to a node. */
export type NodePath = readonly number[];

export const NO_FILTER: Group = { kind: "group", join: "all", parts: [] };
export const EMPTY_LEAF: Leaf = { kind: "leaf", field: "", operator: "eq", type: "text", texts: [""] };

const KINDS_OF: Readonly<Record<Operator, readonly Kind[]>> = {
  eq: ["text", "number", "boolean", "null"],
  neq: ["text", "number", "boolean", "null"],
  gt: ["text", "number"],
  gte: ["text", "number"],
  lt: ["text", "number"],
  lte: ["text", "number"],
  in: ["text", "number", "boolean", "json"],
  not_in: ["text", "number", "boolean", "json"],
  contains: ["text", "number", "boolean"],
  exists: ["boolean"],
};

/** Return the kinds of values that an operator compares with. */
export function kindsOf(operator: Operator): readonly Kind[] {
  return KINDS_OF[operator];
}

/** Return whether a way of taking parts together turns what they say round. */
export function isNegation(join: Join): boolean {
  return join === "none" || join === "not_all";
}

export function isList(operator: Operator): boolean {
  return operator === "in" || operator === "not_in";
}

/** Return the condition with another operator; its value stays as far as it fits. */
export function withOperator(leaf: Leaf, operator: Operator): Leaf {
  const kinds = kindsOf(operator);
  const type = kinds.includes(leaf.type) ? leaf.type : (kinds[0] ?? "text");
  return withKind({ ...leaf, operator, texts: isList(operator) ? leaf.texts : leaf.texts.slice(0, 1) }, type);
}

/** Return the condition with a value of another kind. */
export function withKind(leaf: Leaf, type: Kind): Leaf {
  const one = leaf.texts[0] ?? "";
  if (isList(leaf.operator)) return { ...leaf, type, texts: leaf.texts.filter((text) => text !== "") };
  if (type === "boolean") return { ...leaf, type, texts: [one === "false" ? "false" : "true"] };
  return { ...leaf, type, texts: [type === "null" ? "" : one] };
}

/** Return the filter that conditions stand for; undefined for what the API does not take either. */
export function filterOf(conditions: unknown): Group | undefined {
  if (conditions === null || conditions === undefined) return NO_FILTER;
  const node = nodeOf(conditions);
  if (node === undefined || node.kind === "group") return node;
  return { kind: "group", join: "all", parts: [node] };
}

function nodeOf(conditions: unknown): Node | undefined {
  if (!isObject(conditions)) return undefined;
  if ("and" in conditions) return groupOf("all", conditions, conditions.and);
  if ("or" in conditions) return groupOf("any", conditions, conditions.or);
  if ("not" in conditions) return negated(conditions);
  return "field" in conditions || "op" in conditions ? leafOf(conditions) : ofFields(conditions);
}

function groupOf(join: Join, { ...members }: Json, parts: unknown): Group | undefined {
  if (!Array.isArray(parts) || parts.length === 0 || Object.keys(members).length > 1) return undefined;
  const nodes = parts.map(nodeOf);
  return nodes.every((node) => node !== undefined) ? { kind: "group", join, parts: nodes } : undefined;
}

function negated({ not, ...others }: Json): Group | undefined {
  const inner = nodeOf(not);
  if (inner === undefined || Object.keys(others).length > 0) return undefined;
  if (inner.kind === "group" && inner.parts.length > 0) {
    if (inner.join === "any") return { ...inner, join: "none" };
    if (inner.join === "all") return { ...inner, join: "not_all" };
  }
  return { kind: "group", join: "none", parts: [inner] };
}

/** Read `{"country": "DE"}`: all fields equal their values. */
function ofFields(conditions: Json): Node | undefined {
  const leaves = Object.entries(conditions).map(([field, value]) => leafOf({ field, op: "eq", value }));
  if (!leaves.every((leaf) => leaf !== undefined)) return undefined;
  return leaves.length === 1 ? leaves[0] : { kind: "group", join: "all", parts: leaves };
}

function leafOf({ field, op, value, ...others }: Json): Leaf | undefined {
  const operator = OPERATORS.find((one) => one === op);
  if (typeof field !== "string" || operator === undefined || Object.keys(others).length > 0) return undefined;
  const values = isList(operator) ? value : [operator === "exists" ? (value ?? true) : (value ?? null)];
  if (!Array.isArray(values) || values.length === 0) return undefined;
  const kinds = values.map(kindOf);
  const type = kinds.every((kind) => kind === kinds[0]) ? kinds[0] : "json";
  if (type === undefined || kinds.includes(undefined) || !kindsOf(operator).includes(type)) return undefined;
  return { kind: "leaf", field, operator, type, texts: values.map((one) => textOf(one, type)) };
}

function kindOf(value: unknown): Kind | undefined {
  if (value === null) return "null";
  if (typeof value === "string") return "text";
  return typeof value === "number" || typeof value === "boolean" ? (typeof value as Kind) : undefined;
}

function textOf(value: unknown, type: Kind): string {
  if (type === "null") return "";
  return type === "text" ? String(value) : JSON.stringify(value);
}

export interface Written {
  /** Null for no filter. */
  readonly conditions: Json | null;
  /** Where each node stands in the conditions, as the API names the place: `and[1].value`; empty for the whole. */
  readonly places: readonly (readonly [place: string, path: NodePath])[];
}

/** Return the conditions of a filter whose parts are all finished. */
export function conditionsOf(filter: Group): Written {
  const places: [string, NodePath][] = [];
  const write = (node: Node, place: string, path: NodePath): Json => {
    places.push([place, path]);
    if (node.kind === "leaf") return writeLeaf(node);
    const [only] = node.parts;
    const isNot = isNegation(node.join);
    const inside = isNot ? member(place, "not") : place;
    const inner = () => {
      if (only !== undefined && node.parts.length === 1) return write(only, inside, [...path, 0]);
      const name = node.join === "all" || node.join === "not_all" ? "and" : "or";
      const parts = node.parts.map((part, at) => write(part, `${member(inside, name)}[${at}]`, [...path, at]));
      return { [name]: parts };
    };
    return isNot ? { not: inner() } : inner();
  };
  return { conditions: filter.parts.length === 0 ? null : write(filter, "", []), places };
}

function writeLeaf({ field, operator, type, texts }: Leaf): Json {
  const values = texts.map((text) => readTyped(text, type));
  return { field: field.trim(), op: operator, value: isList(operator) ? values : values[0] };
}

function member(place: string, name: string): string {
  return place === "" ? name : `${place}.${name}`;
}

/** Return what a text stands for; undefined when it is no value of its kind. */
function readTyped(text: string, type: Kind): unknown {
  if (type === "text") return text;
  if (type === "null") return null;
  try {
    const value: unknown = JSON.parse(text);
    const kind = kindOf(value);
    return kind === type || (type === "json" && kind !== undefined && kind !== "null") ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Return the node that the API means by a place in conditions: the nearest around it. */
export function nodeAt(place: string, { places }: Written): NodePath {
  const isWithin = (around: string) =>
    place === around || around === "" || (place.startsWith(around) && /[.[]/.test(place.charAt(around.length)));
  const around = places.filter(([one]) => isWithin(one));
  // Of several with one place, a group of one part and that part, the innermost comes last.
  const longest = Math.max(...around.map(([one]) => one.length));
  return around.findLast(([one]) => one.length === longest)?.[1] ?? [];
}

/** Return what is unfinished in a filter, and where. */
export function faultsOf(node: Node, path: NodePath = []): readonly (readonly [NodePath, string])[] {
  if (node.kind === "leaf") {
    const fault = faultOfLeaf(node);
    return fault === undefined ? [] : [[path, fault]];
  }
  if (node.parts.length === 0) return path.length === 0 ? [] : [[path, "Add a condition, or remove the group"]];
  return node.parts.flatMap((part, at) => faultsOf(part, [...path, at]));
}

function faultOfLeaf({ field, operator, type, texts }: Leaf): string | undefined {
  if (!field.trim().split(".").every(Boolean)) return "A field is expected: total, or customer.country";
  if (texts.length === 0) return "At least one value is expected";
  const wrong = texts.find((text) => readTyped(text, type) === undefined);
  if (wrong === undefined) return undefined;
  const expected = type === "number" ? "A number is expected" : "A text in quotes, a number, true or false is expected";
  return isList(operator) ? `${expected}: ${wrong}` : expected;
}

/** Return the filter with another node at a place; undefined takes it out. */
export function withNode<N extends Node>(root: N, path: NodePath, node: Node | undefined): N {
  const [at, ...rest] = path;
  if (at === undefined) return (node ?? root) as N;
  if (root.kind === "leaf") return root;
  const part = root.parts[at];
  if (part === undefined) return root;
  const isTaken = rest.length === 0 && node === undefined;
  const parts = isTaken ? root.parts.toSpliced(at, 1) : root.parts.with(at, withNode(part, rest, node));
  return { ...root, parts };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
