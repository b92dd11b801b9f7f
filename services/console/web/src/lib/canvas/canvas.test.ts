import { expect, it } from "vitest";
import { copied, tasksIn } from "./clipboard";
import type { Definition } from "./definition";
import { definitionOf, isSame } from "./documents";
import { begun, changed, ended, redone, undone } from "./history";
import { blankFields } from "./placed";
import { ofLink, ofTask, ofWorkflow, problemsOf, wordsOf } from "./problems";

const DEFINITION: Definition = { name: "w", tasks: { A: { type: "delay" }, B: { type: "delay" } } };

it("tells what the API refuses by task, link and field", () => {
  const problems = problemsOf([
    { loc: ["body", "tasks", "C", "executeAfter", "X"], message: "there is no task 'X'", type: "unknown_task" },
    { loc: ["body", "tasks", "C", "body", "headers", "x", 0], message: "text is expected", type: "type_error" },
    { loc: ["body", "tasks", "C", "retry", "factor"], message: "at least 1", type: "limit" },
    { loc: ["body", "output", "$ref"], message: "no path", type: "bad_reference" },
    { loc: ["query", "activate"], message: "a boolean is expected", type: "bool" },
  ]);
  expect(ofLink(problems, "X", "C").map(wordsOf)).toEqual(["there is no task 'X'"]);
  expect(ofTask(problems, "C").map(({ field, member }) => [field, member])).toEqual([
    ["headers", "body"],
    [null, "retry"],
  ]);
  expect(ofTask(problems, "C").map(wordsOf)).toEqual(["x[0]: text is expected", "factor: at least 1"]);
  expect(ofWorkflow(problems).map(({ member }) => member)).toEqual(["output"]);
});

it("names the fields that a caller fills in", () => {
  const fields = {
    properties: { text: {}, to: {}, note: {}, code: { "x-code": "python" } },
    required: ["text", "code"],
  };
  const body = { to: { name: { $blank: {} } }, note: { $value: "" } };
  const types = [{ type: "mail", title: "Mail", fields, outputs: {} }];
  expect(blankFields({ type: "mail", body }, types)).toEqual(["text", "to"]);
  expect(blankFields({ type: "mail", body: { text: "x", note: "" } }, types)).toEqual(["note"]);
  expect(blankFields({ type: "mail", body: { text: "x", to: { name: "" } } }, types)).toEqual([]);
});

it("takes tasks through text, and nothing else", () => {
  expect(tasksIn(copied(DEFINITION, ["B"]))).toEqual({ B: { type: "delay" } });
  for (const text of [
    "",
    "[]",
    "{}",
    '{"tasks": {}}',
    '{"tasks": {"A": {"type": 1}}}',
    '{"tasks": {"A": {"type": "x", "executeAfter": 1}}}',
    '{"tasks": {"A": {"type": "x", "executeAfter": {"B": ["ended"]}}}}',
    '{"tasks": {"A": {"type": "x", "position": {"x": 1}}}}',
  ]) {
    expect(tasksIn(text)).toBeUndefined();
  }
});

it("makes one step of what one gesture changes", () => {
  const typed = ["a", "ab", "abc"].reduce((history, text) => changed(history, text, "typing name"), begun(""));
  expect(undone(typed).present).toBe("");
  expect(undone(changed(ended(typed), "abcd", "typing name")).present).toBe("abc");
  expect(undone(changed(typed, "x", "typing other")).present).toBe("abc");
});

it("cannot redo what another change has left behind", () => {
  const steps = changed(changed(begun("a"), "b"), "c");
  expect(redone(changed(undone(steps), "d")).present).toBe("d");
});

it("keeps the value from before a gesture that goes on after undoing", () => {
  const back = undone(changed(begun("a"), "b", "typing"));
  expect(undone(changed({ ...back, gesture: "typing" }, "c", "typing")).present).toBe("a");
});

it("keeps 200 steps", () => {
  const numbers = Array.from({ length: 300 }, (_, index) => index + 1);
  let history = numbers.reduce((before, one) => changed(before, one), begun(0));
  expect(history.past).toHaveLength(200);
  for (const _ of history.past) history = undone(history);
  expect(history.present).toBe(100);
});

it("compares definitions by what they say", () => {
  const answer = {
    ...DEFINITION,
    description: null,
    version: 3,
    tasks: { B: { type: "delay" }, A: { type: "delay" } },
  };
  expect(isSame(definitionOf(answer), { ...DEFINITION, description: null })).toBe(true);
  expect(isSame([1, { a: undefined }], [1, {}])).toBe(true);
  expect(isSame([], {})).toBe(false);
  expect(isSame({}, { a: 1 })).toBe(false);
  expect(isSame([1], [1, 2])).toBe(false);
});
