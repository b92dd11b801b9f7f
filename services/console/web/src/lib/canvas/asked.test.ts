import { describe, expect, it } from "vitest";
import { askedByBlanks, askedBySchema, bodyOf, faultOfText, firstText, indexAt } from "./asked";

const TEXT = { title: "Text", type: "string", minLength: 1 };
const COUNT = { title: "Count", type: "integer", default: 3 };
const BODY = {
  type: "object",
  properties: {
    Tell: {
      type: "object",
      properties: {
        text: TEXT,
        payload: { type: "object", properties: { id: { type: "integer" } }, required: ["id"] },
      },
      required: ["text"],
    },
    count: COUNT,
    key: { type: "string", "x-secret": true },
  },
  required: ["Tell", "key"],
};
const ASKED = askedBySchema(BODY);

describe("what is asked for", () => {
  it("is found in the schema of a body", () => {
    expect(ASKED.map(({ label, place, field }) => [label, place.join("/"), field.kind, field.isRequired])).toEqual([
      ["Tell: Text", "Tell/text", "text", true],
      ["Tell: payload.id", "Tell/payload/id", "number", false],
      ["count", "count", "number", false],
      ["key", "key", "text", true],
    ]);
    expect(ASKED[3]?.field.isSecret).toBe(true);
  });

  it("is the same by blanks", () => {
    const blanks = [{ place: ["Tell", "text"], schema: TEXT, required: true }];
    expect(askedByBlanks(blanks)).toEqual(ASKED.slice(0, 1));
  });

  it("makes the body, without what is left empty", () => {
    expect(ASKED.map(firstText)).toEqual(["", "", "3", ""]);
    expect(bodyOf(ASKED, ["Hi", "7", "", "s"])).toEqual({ Tell: { text: "Hi", payload: { id: 7 } }, key: "s" });
    expect(bodyOf(ASKED, ["", "", "4", ""])).toEqual({ Tell: { text: "" }, count: 4, key: "" });
    expect(ASKED.map((one) => faultOfText(one, "x"))).toEqual([
      undefined,
      "A whole number",
      "A whole number",
      undefined,
    ]);
  });

  it("is found by what the API says of a place", () => {
    expect(indexAt(ASKED, ["Tell", "text"])).toBe(0);
    expect(indexAt(ASKED, ["Tell", "payload", "id", 0])).toBe(1);
    expect(indexAt(ASKED, ["Tell"])).toBe(0);
    expect(indexAt(ASKED, ["other"])).toBe(-1);
    expect(indexAt(ASKED, [])).toBe(-1);
  });
});
