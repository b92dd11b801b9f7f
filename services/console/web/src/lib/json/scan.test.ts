import fc from "fast-check";
import { expect, test } from "vitest";
import { scanJson } from "./scan";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("a text is JSON when the browser's own parser says so", () => {
  const spoiled = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", '"', "}", "]", "1", "-", ".", "\\", "\n", "null"))
    .map(([text, at, added]) => text.slice(0, at % (text.length + 1)) + added + text.slice(at % (text.length + 1)));
  fc.assert(
    fc.property(spoiled, (text) => {
      expect("value" in scanJson(text)).toBe(isJson(text));
    }),
    { numRuns: 500 },
  );
});

test("every member of a text written over lines is found at its line", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }), (value) => {
      const found = scanJson(JSON.stringify(value, null, 2));
      if (!("value" in found)) throw new Error("no JSON");
      const lines = Object.keys(value).map((name) => found.lineOf([name]));
      expect(lines).toEqual(lines.map((_, index) => index + 2));
    }),
  );
});

test("a part that is not there is looked for in what is around it", () => {
  const found = scanJson('{\n  "properties": {\n    "carrier": [\n      1,\n      2\n    ]\n  }\n}');
  if (!("value" in found)) throw new Error("no JSON");
  expect(found.lineOf(["properties", "carrier", 1])).toBe(5);
  expect(found.lineOf(["properties", "weight", "type"])).toBe(2);
  expect(found.lineOf([])).toBe(1);
});

test.each([
  ['{\n  "type": "object"\n  "a": 1\n}', 3, "a comma or }"],
  ["{\n  type: 1\n}", 2, "a name in double quotes"],
  ['{"a": }', 1, "a value"],
  ["[1,\n", 2, "a value"],
  ["", 1, "a value"],
  ["{} x", 1, "the end of the text"],
])("what is wrong with %j is told with its line", (text, line, expected) => {
  expect(scanJson(text)).toMatchObject({ line, expected });
});
