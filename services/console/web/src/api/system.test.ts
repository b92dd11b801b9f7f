import { expect, it } from "vitest";
import { readinessOf } from "./system";

const answer = (status: number, body: string) => new Response(body, { status, headers: { "Retry-After": "3" } });

it("is what /readyz says, also when something fails", async () => {
  const ready = { status: "ready", failing: {} };
  const failing = { status: "unavailable", failing: { database: "it does not answer" } };
  expect(await readinessOf(answer(200, JSON.stringify(ready)))).toEqual(ready);
  expect(await readinessOf(answer(503, JSON.stringify(failing)))).toEqual(failing);
});

it.each(['{"status": 503, "detail": "nobody is there"}', "<h1>Service Unavailable</h1>", "null", '{"failing": null}'])(
  "is a problem where a proxy answers %s instead",
  async (body) => {
    await expect(readinessOf(answer(503, body))).rejects.toMatchObject({ status: 503, retryAfterS: 3 });
  },
);
