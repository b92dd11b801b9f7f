import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "./definition";
import { type Field, fieldOf } from "./fields";
import { asLiteral, isShownBy, literalOf, printLiteral, readLiteral } from "./literals";
import { blankOf, MODES, modeOf, modesOf, noteOf, valueIn } from "./values";

const text = fieldOf("text", { type: "string" }, true);
const note = fieldOf("note", { type: "string" }, false);
const count = fieldOf("count", { type: "integer", default: 5 }, false);
const to = fieldOf("to", { type: ["string", "array"], items: { type: "string" } }, true);
const payload = fieldOf("payload", { type: "object" }, true);
const method = fieldOf("method", { type: "string", enum: ["GET", "POST"] }, false);
const flag = fieldOf("flag", { type: "boolean" }, true);
const code = fieldOf("code", { type: "string", "x-code": "python" }, true);
const inner = fieldOf("do", { type: "object", "x-task": true }, true);
const FIELDS = [text, note, count, to, payload, method, flag, code, inner];

/** JSON as definitions have it, with its special objects and the empty text often enough. */
const { given } = fc.letrec<{ given: Json }>((tie) => ({
  given: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Json>("", null, true, 5, 2.5, "GET", "a\nb", "{input.x}"),
    fc.string(),
    fc.array(tie("given"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "$ref", "default", "$format", "$value", "$blank", "name"), tie("given"), {
      maxKeys: 2,
    }),
    fc.record({ $ref: fc.constantFrom("input.a", "") }),
    fc.record({ $format: fc.constantFrom("{input.a}", "Hi {input.a|json} {{x}}", "") }),
  ),
}));
const field = fc.constantFrom<Field>(...FIELDS);

describe("the mode of a field", () => {
  it("is read off its value", () => {
    expect(modeOf(undefined, text)).toBe("blank");
    expect(modeOf(null, text)).toBe("blank");
    expect(modeOf(undefined, note)).toBe("value");
    expect(modeOf("", note)).toBe("blank");
    expect(modeOf({ $blank: { secret: true } }, note)).toBe("blank");
    expect(modeOf({ $value: "" }, text)).toBe("value");
    expect(modeOf("Hi", text)).toBe("value");
    expect(modeOf(5, text)).toBe("json");
    expect(modeOf({ $ref: "input.x", default: 1 }, count)).toBe("reference");
    expect(modeOf({ $format: "{input.x}" }, text)).toBe("text");
    expect(modeOf({ total: 1 }, payload)).toBe("value");
    expect(modeOf({ total: "" }, payload)).toBe("json");
    expect(modeOf({ $value: { total: "" } }, payload)).toBe("value");
    expect(modeOf({ total: { $ref: "input.x" } }, payload)).toBe("json");
    expect(modeOf({ $ref: "input.x", other: 1 }, payload)).toBe("json");
    expect(modeOf(undefined, code)).toBe("value");
    expect(modeOf({ type: "delay" }, inner)).toBe("json");
  });

  it("that a value is in already leaves it as it is", () => {
    fc.assert(
      fc.property(fc.option(given, { nil: undefined }), field, (value, one) => {
        expect(valueIn(modeOf(value, one), value, one)).toBe(value);
      }),
    );
  });

  it("is the one that was chosen, as far as the field has it", () => {
    fc.assert(
      fc.property(fc.option(given, { nil: undefined }), field, fc.constantFrom(...MODES), (value, one, mode) => {
        const changed = valueIn(mode, value, one);
        if (!modesOf(one).includes(mode)) expect(changed).toBe(value);
        else if (mode === "json") expect(changed).toEqual(value ?? changed);
        else expect(modeOf(changed, one)).toBe(mode);
      }),
    );
  });

  it("takes along what was said in the one before", () => {
    expect(valueIn("text", "a {b}", text)).toEqual({ $format: "a {{b}}" });
    expect(valueIn("value", { $format: "a {{b}}" }, text)).toBe("a {b}");
    expect(valueIn("value", { $format: "Hi {input.a}" }, text)).toBe("Hi {input.a}");
    expect(valueIn("json", undefined, payload)).toEqual({});
    expect(valueIn("text", { $ref: "input.a" }, text)).toEqual({ $format: "{input.a}" });
    expect(valueIn("reference", { $format: "{input.a}" }, text)).toEqual({ $ref: "input.a" });
    expect(valueIn("value", { $blank: { default: 7 } }, count)).toBe(7);
    expect(valueIn("json", { $format: "{input.a}" }, text)).toEqual({ $format: "{input.a}" });
    expect(valueIn("value", "", text)).toEqual({ $value: "" });
    expect(valueIn("value", "", count)).toBeUndefined();
    expect(valueIn("value", undefined, flag)).toBe(false);
    expect(valueIn("blank", "Hi", text)).toBe("");
  });
});

describe("a literal", () => {
  it("is written so that it is read as itself, whatever it is", () => {
    fc.assert(
      fc.property(given, (value) => {
        expect(literalOf(asLiteral(value))).toEqual(value);
      }),
    );
    expect(asLiteral("")).toEqual({ $value: "" });
    expect(asLiteral({ $ref: "x" })).toEqual({ $value: { $ref: "x" } });
    expect(asLiteral([{ a: "" }])).toEqual({ $value: [{ a: "" }] });
    expect(asLiteral({ a: null })).toEqual({ a: null });
  });

  it("that is shown in an input is read from it as the same one", () => {
    fc.assert(
      fc.property(given, field, (value, one) => {
        const literal = literalOf(value);
        if (one.isLiteral || literal === undefined || !isShownBy(one, literal)) return;
        const read = readLiteral(one, printLiteral(one, literal));
        const wanted = literal === "" || literal === null ? [literal, undefined] : [literal];
        if ("fault" in read) throw new Error(read.fault);
        const again = literalOf(read.given);
        // A list of one is the one, where the field takes that too.
        expect(wanted).toContainEqual(Array.isArray(literal) && literal.length === 1 ? [again].flat() : again);
      }),
    );
  });

  it("is read from what was typed", () => {
    expect(readLiteral(count, "3")).toEqual({ given: 3 });
    expect(readLiteral(count, "3.5")).toEqual({ fault: "A whole number" });
    expect(readLiteral(count, "")).toEqual({ given: undefined });
    expect(readLiteral(text, "")).toEqual({ given: { $value: "" } });
    expect(readLiteral(text, " ")).toEqual({ given: " " });
    expect(readLiteral(to, "a@b\n\nc@d\n")).toEqual({ given: ["a@b", "c@d"] });
    expect(readLiteral(to, "a@b")).toEqual({ given: "a@b" });
    expect(readLiteral(payload, '{"a": ""}')).toEqual({ given: { $value: { a: "" } } });
    expect(readLiteral(payload, '{"a": }')).toEqual({ fault: "Line 1, column 7: a value is expected" });
    expect(readLiteral(code, "")).toEqual({ given: undefined });
  });
});

describe("a blank", () => {
  it("says no more than it has to", () => {
    expect(blankOf({})).toBe("");
    expect(blankOf({ name: "to" })).toEqual({ $blank: { name: "to" } });
    expect(noteOf("")).toEqual({});
    expect(noteOf({ $blank: { name: "to" } })).toEqual({ name: "to" });
    expect(noteOf({ $blank: 1 })).toBeUndefined();
  });
});
