import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Definition } from "./definition";
import { escapeFormatted, onlyPathOf, parseFormatted, plainTextOf, slotText } from "./formatted";
import { faultOfPath, knowableTo, possiblePredecessors } from "./knowable";
import { parsePath, type Step, writePath } from "./paths";
import { blanksOf, typeNamed } from "./placed";

const OUTPUTS = { type: "object", properties: { status_code: { type: "integer" }, body: {} } };
const TYPES = [
  {
    type: "http-request",
    title: "Http request",
    fields: { properties: { url: { type: "string" }, body: {} }, required: ["url"] },
    outputs: OUTPUTS,
  },
  {
    type: "send-tweet",
    title: "Send tweet",
    fields: { properties: { text: { type: "string" } }, required: ["text"] },
    outputs: {},
  },
  {
    type: "for-each",
    title: "For each",
    fields: { properties: { items: { type: "array" }, do: { "x-task": true } }, required: ["items", "do"] },
    outputs: {},
  },
];
const SHOP: Definition = {
  name: "shop",
  tasks: {
    Fetch: {
      type: "http-request",
      body: { url: { $format: "{input.id}" }, body: { a: [{ b: { $blank: {} }, c: "" }] } },
    },
    "Tell them": { type: "Send tweet", executeAfter: { Fetch: ["completed"] } },
    Log: {
      type: "for-each",
      body: { items: { $blank: { name: "rows" } }, do: { type: "send-tweet", body: { text: "" } } },
      executeAfter: { "Tell them": ["failed"] },
    },
    Apart: { type: "send-tweet", body: { text: "Hi" } },
  },
};

describe("a path", () => {
  it("is written so that it is read as the same", () => {
    const steps = fc.array(fc.oneof(fc.string(), fc.nat(1_000)));
    fc.assert(
      fc.property(steps, (all: readonly Step[]) => {
        expect(parsePath(writePath("input", all))).toEqual({ root: "input", steps: all });
      }),
    );
    expect(writePath("tasks", ["Send mail", "output", "items", 0])).toBe('tasks["Send mail"].output.items[0]');
  });

  it("that is none says why", () => {
    expect(parsePath("inputs.a")).toEqual({ fault: "A path begins with input, session, tasks, item or index" });
    expect(parsePath("tasks.A")).toEqual({ fault: "Of a task there are output, error and status" });
    expect(parsePath("tasks.A.status.x")).toEqual({ fault: "Nothing lies below a text" });
    expect(parsePath("session.id.x")).toEqual({ fault: "Nothing lies below a text" });
    expect(parsePath("session.name")).toEqual({ fault: "Of the session there are id, uowId and startedAt" });
    expect(parsePath("input.a b")).toHaveProperty("fault");
  });
});

describe("a formatted text", () => {
  it("gives any plain text back", () => {
    fc.assert(
      fc.property(fc.string(), (plain) => {
        expect(plainTextOf(escapeFormatted(plain))).toBe(plain);
      }),
    );
  });

  it("has slots with filters", () => {
    const parts = parseFormatted(`Hi ${slotText("input.name", "upper")}, {{x}}`);
    expect(parts).toMatchObject(["Hi ", { text: "input.name", filter: "upper" }, ", {x}"]);
    expect(onlyPathOf("{input.a}")).toBe("input.a");
    expect(onlyPathOf("{input.a|url}")).toBeUndefined();
    expect(onlyPathOf("a {input.a}")).toBeUndefined();
  });

  it("that is none says why", () => {
    expect(parseFormatted("a } b")).toEqual({ fault: "A single } at character 3: }} is one in the text" });
    expect(parseFormatted("{input.a|shout}")).toHaveProperty("fault");
    expect(parseFormatted("{input.a")).toHaveProperty("fault");
    expect(parseFormatted("{name}")).toHaveProperty("fault");
  });
});

describe("what a task may name", () => {
  it("is the input, the session, and what comes of the tasks before it", () => {
    expect(knowableTo("Tell them", SHOP, TYPES).map(({ path }) => path)).toEqual([
      'input.Fetch.body.a["0"].b',
      'input["Tell them"].text',
      "input.rows",
      "input.Log.do.body.text",
      "tasks.Fetch.output",
      "tasks.Fetch.output.status_code",
      "tasks.Fetch.output.body",
      "tasks.Fetch.status",
      "tasks.Fetch.error",
      "session.id",
      "session.uowId",
      "session.startedAt",
    ]);
    expect(knowableTo("Log", SHOP, TYPES, true).map(({ path }) => path)).toEqual(
      expect.arrayContaining(["item", "index", 'tasks["Tell them"].output']),
    );
  });

  it("is checked while it is typed", () => {
    expect(faultOfPath("tasks.Fetch.output.body.total", "Log", SHOP)).toBeUndefined();
    expect(faultOfPath("tasks.Apart.output", "Log", SHOP)).toMatch("need not have ended");
    expect(faultOfPath("tasks.Nope.output", "Log", SHOP)).toMatch("no task");
    expect(faultOfPath("item.x", "Log", SHOP)).toMatch("outside of a for-each");
    expect(faultOfPath("item.x", "Log", SHOP, true)).toBeUndefined();
    expect(faultOfPath("index", "Log", SHOP)).toMatch("outside of a for-each");
    expect(faultOfPath("", "Log", SHOP)).toMatch("Choose");
  });
});

describe("what a task may run after", () => {
  it("is all that does not run after it", () => {
    expect(possiblePredecessors("Fetch", SHOP)).toEqual(["Apart"]);
    expect(possiblePredecessors("Log", SHOP)).toEqual(["Fetch", "Tell them", "Apart"]);
  });
});

describe("the blanks of a workflow", () => {
  it("are at the places where the API looks for them", () => {
    expect(blanksOf(SHOP, TYPES).map(({ place }) => place.join("/"))).toEqual([
      "Fetch/body/a/0/b",
      "Tell them/text",
      "rows",
      "Log/do/body/text",
    ]);
  });
});

it("finds a type by its id or its title", () => {
  expect(typeNamed(TYPES, "SEND TWEET")?.type).toBe("send-tweet");
  expect(typeNamed(TYPES, "http-request")?.type).toBe("http-request");
  expect(typeNamed(TYPES, "nothing")).toBeUndefined();
  // An id counts before a title that reads the same.
  const titled = [
    { type: "other", title: "Delay" },
    { type: "delay", title: "Wait" },
  ];
  expect(typeNamed(titled, "delay")?.title).toBe("Wait");
});
