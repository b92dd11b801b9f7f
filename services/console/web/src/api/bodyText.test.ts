import { expect, test } from "vitest";
import { atLines, faultOf } from "./bodyText";
import { Problem } from "./problem";

const TEXT = '{\n  "type": "objet",\n  "properties": {\n    "carrier": {"type": "strin"}\n  }\n}';

test("what is no JSON is told with line and column", () => {
  expect(faultOf('{\n  "a" 1\n}')).toBe("Line 2, column 7: a colon is expected");
  expect(faultOf(TEXT)).toBeUndefined();
});

test("the places of a refused body are told as lines of its text, in their order", () => {
  const violation = (field: string, ...path: string[]) => ({ loc: ["body", ...path], field, message: "no", type: "x" });
  const refused = new Problem(422, "unusable_schema", "no", [
    violation("properties.carrier.type", "properties", "carrier", "type"),
    violation("type", "type"),
  ]);
  const told = atLines(refused, TEXT, "schema");
  expect(told.within("schema")).toBe("Line 2, type: no\nLine 4, properties.carrier.type: no");
  expect([told.status, told.code, told.detail]).toEqual([422, "unusable_schema", "no"]);
});
