import { describe, expect, it } from "vitest";
import { classify, namedLike, pathOf } from "./classify";

const UUID = "03c3a071-808a-5535-9f30-61a6329fb24c";
const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const DEFINED = ["critical interaction", "SLO", "alert rule", "metric", "workflow", "integration"];
const ANYTHING = ["trace", "resource id", "user", ...DEFINED];

function asked(text: string): readonly string[] {
  return classify(text).map((question) => question.about);
}

describe("what a pasted text could name", () => {
  it.each([UUID, ` ${UUID.toUpperCase()}\n`, `{${UUID}}`, `urn:uuid:${UUID}`])(
    "is any thing with the UUID of %s",
    (text) => {
      expect(classify(text)).toEqual([
        { about: "interaction", id: UUID },
        { about: "event", id: UUID },
        { about: "session", id: UUID },
        { about: "trace", uowId: UUID },
        { about: "resource id", id: UUID },
        { about: "user", id: UUID },
      ]);
    },
  );

  it.each([TRACE_ID, TRACE_ID.toUpperCase(), `00-${TRACE_ID}-b7ad6b7169203331-01`])("is the trace of %s", (text) => {
    expect(classify(text)).toEqual([{ about: "trace", uowId: TRACE_ID }]);
  });

  it("is the number of an interaction, among what any text may name", () => {
    expect(classify("#18465")[0]).toEqual({ about: "number", number: 18_465 });
    expect(asked("42")).toEqual(["number", ...ANYTHING]);
  });

  it("is a resource with its type, whose id may hold anything", () => {
    expect(classify("ORDER:a:b c")[0]).toEqual({ about: "resource", type: "ORDER", id: "a:b c" });
    expect(asked("ORDER:")).toEqual(ANYTHING);
  });

  it("is a unit of work, a resource or a user otherwise", () => {
    expect(asked("ann@example.com")).toEqual(ANYTHING);
  });

  it("is not looked up as a name where it is longer than the API takes", () => {
    expect(asked("x".repeat(101))).toEqual(["trace", "resource id", "user"]);
  });

  it("is nothing when there is no text, or a whole document", () => {
    expect(classify("  ")).toEqual([]);
    expect(classify("x".repeat(501))).toEqual([]);
  });

  it("is nothing where it is an id that no path can hold", () => {
    expect([".", "..", "ORDER:.", "ORDER:.."].map(asked)).toEqual([[], [], [], []]);
    expect(asked("...")).toEqual(ANYTHING);
  });
});

describe("the name of something that was defined", () => {
  const like = (text: string) =>
    namedLike(text, ["Orders", "Late orders", "price-order", "Pre-orders"], (name) => name);

  it("is the one that is spelt so, in any case", () => {
    expect(like(" orders ")).toEqual(["Orders"]);
  });

  it("is each with a word that begins so otherwise", () => {
    expect(like("order")).toEqual(["Orders", "Late orders", "price-order", "Pre-orders"]);
    expect(like("late or")).toEqual(["Late orders"]);
    expect(like("rders")).toEqual([]);
  });
});

describe("a pasted address", () => {
  it("is the path of a page when it is one of this console", () => {
    const path = (text: string) => pathOf(text, "https://waymark.example", "/console");
    expect(path("https://waymark.example/console/traces/a%2Fb?from=all")).toBe("/traces/a%2Fb?from=all");
    expect(path("https://other.example/console/traces")).toBeUndefined();
    expect(path("https://waymark.example/api/traces")).toBeUndefined();
    expect(path("ORDER:order-1")).toBeUndefined();
  });
});
