import { expect, it } from "vitest";
import type { Definition, Json } from "./definition";
import { renameTask } from "./edits";
import { followedExpression, followedValue } from "./references";

const names = new Map([["A", "Send mail"]]);

it.each<[Json, Json]>([
  [{ $ref: "tasks.A.output.id" }, { $ref: 'tasks["Send mail"].output.id' }],
  [
    { $ref: 'tasks["A"].error', default: "tasks.A" },
    { $ref: 'tasks["Send mail"].error', default: "tasks.A" },
  ],
  [{ $ref: "tasks.AA.output" }, { $ref: "tasks.AA.output" }],
  [{ $ref: "input.tasks.A" }, { $ref: "input.tasks.A" }],
  [
    { $format: "{tasks.A.output|url}, {{tasks.A}} {tasks.B.output}{tasks.A.status}" },
    { $format: '{tasks["Send mail"].output|url}, {{tasks.A}} {tasks.B.output}{tasks["Send mail"].status}' },
  ],
  [{ $format: "{input.a}: tasks.A" }, { $format: "{input.a}: tasks.A" }],
  ["{tasks.A.output}", "{tasks.A.output}"],
  [{ $value: { $ref: "tasks.A.output" } }, { $value: { $ref: "tasks.A.output" } }],
  [{ a: [1, { $ref: "tasks.A.output" }] }, { a: [1, { $ref: 'tasks["Send mail"].output' }] }],
])("follows a name in %j", (before, after) => {
  expect(followedValue(before, names)).toEqual(after);
});

it.each([
  ["tasks.A.output.total > 100", 'tasks["Send mail"].output.total > 100'],
  [`tasks [ 'A' ].status == "tasks.A"`, `tasks ["Send mail"  ].status == "tasks.A"`],
  ["input.tasks.A + tasks.A", 'input.tasks.A + tasks["Send mail"]'],
  ["tasks.A() + r'tasks.A' // tasks.A", "tasks.A() + r'tasks.A' // tasks.A"],
])("follows a name in the expression %s", (before, after) => {
  expect(followedExpression(before, names).replace(/\s/g, "")).toBe(after.replace(/\s/g, ""));
});

it("follows a rename in every place of a definition, and back", () => {
  const before: Definition = {
    name: "w",
    tasks: {
      A: { type: "delay", body: { seconds: 1 } },
      If: {
        type: "Condition",
        body: { expression: "tasks.A.status == 'completed'" },
        executeAfter: { A: ["completed"] },
      },
      Each: {
        type: "for-each",
        body: { items: { $ref: "tasks.A.output" }, do: { type: "transform", body: { expression: "tasks.A.output" } } },
        executeAfter: { A: ["failed"] },
      },
      Tell: { type: "send-tweet", body: { text: "tasks.A", expression: "tasks.A" } },
    },
    output: { $format: "{tasks.A.output}" },
  };
  const after = renameTask(before, "A", "Z z") as Definition;
  expect(JSON.stringify(after)).not.toMatch(/tasks\.A\.|"A"/);
  expect(after.tasks.Tell).toBe(before.tasks.Tell);
  expect(renameTask(after, "Z z", "A")).toEqual(before);
});
