import { expect, test } from "vitest";
import { problemOf } from "./problem";

const answered = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  problemOf(new Response(JSON.stringify(body), { status, headers }));

test("a problem of RFC 9457 tells its fields and its members", async () => {
  const problem = await answered(
    409,
    {
      title: "Conflict",
      detail: "say which one is meant",
      code: "several_tenants",
      errors: [{ field: "tenantId", loc: ["body", "tenantId"], message: "one of a, b is expected", type: "x" }],
      tenants: ["a", "b"],
    },
    { "X-Request-Id": "r1", "Retry-After": "7" },
  );
  expect([problem.status, problem.code, problem.detail]).toEqual([409, "several_tenants", "say which one is meant"]);
  expect(problem.about("tenantId")).toBe("one of a, b is expected");
  expect(problem.members.tenants).toEqual(["a", "b"]);
  expect([problem.requestId, problem.retryAfterS]).toEqual(["r1", 7]);
});

test("a refusal of events is told in words, each at its place", async () => {
  const problem = await answered(422, {
    detail: [{ loc: ["body", "items", 3, "type"], msg: "no such type", type: "json_schema" }],
  });
  expect(problem.detail).toBe("items[3].type: no such type");
  expect(problem.about("items[3].type")).toBe("no such type");
});

test("errors of critical interactions and of metrics are told in words", async () => {
  const critical = await answered(404, { error: { code: "NOT_FOUND", message: "no interaction 'x'", cause: "gone" } });
  expect([critical.code, critical.detail]).toEqual(["NOT_FOUND", "no interaction 'x': gone"]);
  const metric = await answered(422, {
    error: {
      code: "VALIDATION_ERROR",
      message: "sqlFilter: unexpected word",
      status: 422,
      details: [{ field: "sqlFilter", message: "unexpected word", type: "sql" }],
      references: ["r"],
    },
  });
  expect(metric.about("sqlFilter")).toBe("unexpected word");
  expect(metric.members.references).toEqual(["r"]);
});

test("the cause of critical interactions is told at each place it names", async () => {
  const cause = "events[1].props[0].name: Field required; globalBlacklistedEvents[0]: they end it; thresholdInMs: no";
  const problem = await answered(422, { error: { code: "VALIDATION_ERROR", message: cause, cause } });
  expect(problem.detail).toBe(cause);
  expect(problem.about("events[1].props[0].name")).toBe("Field required");
  expect(problem.within("globalBlacklistedEvents")).toBe("they end it");
  expect(problem.about("thresholdInMs")).toBe("no");
  const other = await answered(409, { error: { code: "CONFLICT", message: "a: taken", cause: "name: taken" } });
  expect(other.violations).toEqual([]);
});

test("an answer that is no JSON is told by its status", async () => {
  expect((await problemOf(new Response("<html>", { status: 502 }))).detail).toBe("the server answered 502");
});
