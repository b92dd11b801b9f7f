import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  conditionsOf,
  EMPTY_LEAF,
  faultsOf,
  filterOf,
  type Group,
  isList,
  JOINS,
  type Json,
  kindsOf,
  type Leaf,
  NO_FILTER,
  type Node,
  nodeAt,
  OPERATORS,
  withKind,
  withNode,
  withOperator,
} from "./conditions";
import { filterWords } from "./filterWords";
import { sqlFault } from "./sqlPlace";

const field = fc.constantFrom("total", "customer.country", "action", "data.and");
const texts = {
  text: fc.string(),
  number: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map((one) => JSON.stringify(one)),
  boolean: fc.constantFrom("true", "false"),
  null: fc.constant(""),
};
const leaf: fc.Arbitrary<Leaf> = fc
  .constantFrom(...OPERATORS)
  .chain((operator) => fc.tuple(fc.constant(operator), fc.constantFrom(...kindsOf(operator))))
  .filter(([, type]) => type !== "json")
  .chain(([operator, type]) =>
    fc.record({
      kind: fc.constant("leaf" as const),
      field,
      operator: fc.constant(operator),
      type: fc.constant(type),
      texts: fc.array(texts[type as keyof typeof texts], { minLength: 1, maxLength: isList(operator) ? 3 : 1 }),
    }),
  );
const { group } = fc.letrec<{ node: Node; group: Group }>((tie) => ({
  node: fc.oneof({ depthSize: "small" }, leaf, tie("group")),
  group: fc.record({
    kind: fc.constant("group" as const),
    join: fc.constantFrom(...JOINS),
    parts: fc.array(tie("node"), { minLength: 1, maxLength: 3 }),
  }),
}));

/** What a leaf says of a record, by its JSON alone, so that two filters can be compared. */
type Truth = (leaf: string) => boolean;

function holds(conditions: Json, truth: Truth): boolean {
  if ("and" in conditions) return (conditions.and as Json[]).every((one) => holds(one, truth));
  if ("or" in conditions) return (conditions.or as Json[]).some((one) => holds(one, truth));
  if ("not" in conditions) return !holds(conditions.not as Json, truth);
  if ("op" in conditions) return truth(JSON.stringify(conditions));
  return Object.entries(conditions).every(([name, value]) => truth(JSON.stringify({ field: name, op: "eq", value })));
}

function nodeOf(root: Node, path: readonly number[]): Node | undefined {
  return path.reduce<Node | undefined>((node, at) => (node?.kind === "group" ? node.parts[at] : undefined), root);
}

describe("a filter", () => {
  it("is read back as it was written", () => {
    fc.assert(
      fc.property(group, (one) => {
        const { conditions } = conditionsOf(one);
        const again = filterOf(conditions);
        expect(again && conditionsOf(again).conditions).toEqual(conditions);
        expect(faultsOf(one)).toEqual([]);
      }),
    );
  });

  it("means the same when what was read is written again", () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const { json } = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { depthSize: "small" },
        fc.record({ field, op: fc.constant("eq"), value: scalar }),
        fc.dictionary(fc.constantFrom("total", "country"), scalar, { minKeys: 1, noNullPrototype: true }),
        fc.record({ and: fc.array(tie("json"), { minLength: 1, maxLength: 3 }) }),
        fc.record({ or: fc.array(tie("json"), { minLength: 1, maxLength: 3 }) }),
        fc.record({ not: tie("json") }),
      ),
    }));
    fc.assert(
      fc.property(json, fc.func(fc.boolean()), (one, truth) => {
        const read = filterOf(one);
        const written = read && conditionsOf(read).conditions;
        expect(written && holds(written, truth)).toBe(holds(one, truth));
      }),
    );
  });

  it("knows which of its nodes the API means", () => {
    fc.assert(
      fc.property(group, (one) => {
        const written = conditionsOf(one);
        for (const [place, path] of written.places) {
          const found = nodeOf(one, nodeAt(`${place === "" ? "" : `${place}.`}value`, written));
          const wanted = nodeOf(one, path);
          // A group of one part has the place of that part.
          if (wanted?.kind === "leaf") expect(found).toBe(wanted);
          expect(found).toBeDefined();
        }
      }),
    );
  });

  it("is none without conditions, and none that the API does not take", () => {
    expect(filterOf(null)).toEqual(NO_FILTER);
    expect(filterOf({})).toEqual(NO_FILTER);
    expect(conditionsOf(NO_FILTER).conditions).toBeNull();
    const refused = [
      [],
      "text",
      { and: [] },
      { and: [{ country: "DE" }], or: [] },
      { not: 1 },
      { field: "a", op: "like", value: "b" },
      { field: "a", op: "in", value: [] },
      { field: "a", op: "eq", value: {} },
      { field: "a", op: "eq", value: 1, more: 2 },
      { country: ["DE"] },
    ];
    expect(refused.map(filterOf)).toEqual(refused.map(() => undefined));
  });

  it("keeps lists of several kinds, as JSON", () => {
    const conditions = { field: "a", op: "in", value: ["1", 1, true] };
    const read = filterOf(conditions);
    expect(read?.parts[0]).toMatchObject({ type: "json", texts: ['"1"', "1", "true"] });
    expect(read && conditionsOf(read).conditions).toEqual(conditions);
  });

  it("tells what is unfinished", () => {
    const filter: Group = {
      kind: "group",
      join: "any",
      parts: [EMPTY_LEAF, { ...EMPTY_LEAF, field: "a", type: "number", texts: ["ten"] }, NO_FILTER],
    };
    expect(faultsOf(filter).map(([path, fault]) => `${path}: ${fault}`)).toEqual([
      "0: A field is expected: total, or customer.country",
      "1: A number is expected",
      "2: Add a condition, or remove the group",
    ]);
    expect(faultsOf(withNode(withNode(filter, [2], undefined), [1], EMPTY_LEAF))).toHaveLength(2);
  });

  it("keeps a value that fits another operator or kind", () => {
    const ten: Leaf = { ...EMPTY_LEAF, type: "number", texts: ["10"] };
    expect(withOperator(ten, "gte")).toEqual({ ...ten, operator: "gte" });
    expect(withOperator(ten, "exists")).toMatchObject({ type: "boolean", texts: ["true"] });
    expect(withKind(withOperator(ten, "in"), "text")).toMatchObject({ type: "text", texts: ["10"] });
    expect(withKind(ten, "null").texts).toEqual([""]);
  });

  it("has one value under an operator that takes one", () => {
    const several: Leaf = { ...EMPTY_LEAF, operator: "in", texts: ["DE", "AT"] };
    expect(withOperator(several, "eq").texts).toEqual(["DE"]);
    expect(withOperator(several, "not_in").texts).toEqual(["DE", "AT"]);
  });

  it("exists where nothing else is said", () => {
    const written = filterOf({ field: "coupon", op: "exists" });
    expect(written && conditionsOf(written).conditions).toEqual({ field: "coupon", op: "exists", value: true });
  });

  it("is none of the builder's beside other members, which would be lost", () => {
    expect(filterOf({ not: { total: 1 }, and: [] })).toBeUndefined();
    expect(filterOf({ not: { total: 1 }, total: 2 })).toBeUndefined();
    expect(filterOf({ field: "total", op: "eq", value: 1, note: "" })).toBeUndefined();
  });

  it("is sent without what surrounds its field", () => {
    const { conditions } = conditionsOf({ ...NO_FILTER, parts: [{ ...EMPTY_LEAF, field: " total ", texts: ["x"] }] });
    expect(conditions).toEqual({ field: "total", op: "eq", value: "x" });
  });

  it("is told in words", () => {
    const filter = filterOf({
      and: [
        { resourceType: "ORDER" },
        {
          or: [
            { field: "total", op: "gte", value: 10 },
            { not: { field: "currency", op: "in", value: ["USD", "GBP"] } },
          ],
        },
        { field: "coupon", op: "exists", value: false },
      ],
    });
    expect(filter && filterWords(filter)).toBe(
      "resourceType = ORDER and (total ≥ 10 or not (currency is one of USD, GBP)) and coupon does not exist",
    );
  });
});

it("tells what is nothing, and a group of one without brackets", () => {
  const words = (conditions: unknown) => filterWords(filterOf(conditions) ?? NO_FILTER);
  expect(words({ coupon: null })).toBe("coupon does not exist");
  expect(words({ field: "coupon", op: "neq", value: null })).toBe("coupon exists");
  expect(words({ and: [{ or: [{ total: 1 }] }, { total: 2 }] })).toBe("total = 1 and total = 2");
});

describe("the place of an SQL error", () => {
  it("is the character that the API means", () => {
    const sql = "total > 5\n\tand origin like %x";
    expect(sqlFault("line 2, column 18: a text is expected", sql)).toEqual({
      line: 2,
      column: 18,
      message: "a text is expected",
      offset: sql.indexOf("%x"),
      text: "\tand origin like %x",
      blanks: `\t${" ".repeat(16)}`,
    });
    expect(sqlFault("line 9, column 1: no", sql)).toBeUndefined();
    expect(sqlFault("at most 2,000 characters are expected", sql)).toBeUndefined();
  });

  it("counts characters as the API does", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme-composite" })),
        fc.string({ unit: "grapheme-composite" }),
        (before, last) => {
          const lines = [...before, last].map((one) => one.replaceAll("\n", ""));
          const line = lines.length;
          const column = [...(lines[line - 1] ?? "")].length + 1;
          const fault = sqlFault(`line ${line}, column ${column}: the text ends`, lines.join("\n"));
          expect(fault?.offset).toBe(lines.join("\n").length);
        },
      ),
    );
  });
});
