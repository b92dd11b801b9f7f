import { beforeEach, expect, it, vi } from "vitest";

const READ = "http://waymark.invalid/api/actions";
let freshness: typeof import("./freshness");

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  freshness = await import("./freshness");
  return () => vi.useRealTimers();
});

function answered(headers: Record<string, string>, method = "GET", url = READ, status = 200): void {
  freshness.noteHeaders(new Request(url, { method }), new Response(null, { status, headers }));
}

function askedFor(method = "GET"): string | null {
  const request = new Request(READ, { method });
  freshness.askForWritten(request);
  return request.headers.get("Waymark-Min-Position");
}

function ago(ms: number): Record<string, string> {
  return { "Waymark-As-Of": new Date(Date.now() - ms).toISOString() };
}

it("has reads wait for what was written last, for a while", () => {
  expect(askedFor()).toBeNull();
  answered({ "Waymark-Position": "p-1" }, "POST");
  answered({ "Waymark-Position": "p-2" }, "POST");
  answered({ "Waymark-Position": "read" });
  answered({ "Waymark-Position": "refused" }, "POST", READ, 422);
  expect([askedFor(), askedFor("POST")]).toEqual(["p-2", null]);
  vi.advanceTimersByTime(10_001);
  expect(askedFor()).toBeNull();
});

it("tells of the read that is furthest behind, until it is no more", () => {
  const told = vi.fn();
  freshness.watchFreshness(told);
  const began = Date.now();
  answered(ago(9_000));
  expect(freshness.dataUpTo()).toBeNull();
  answered(ago(60_000));
  answered(ago(20_000), "GET", `${READ}?page=1`.replace("actions", "origins"));
  expect(freshness.dataUpTo()).toBe(began - 60_000);
  answered(ago(0));
  expect(freshness.dataUpTo()).toBe(began - 20_000);
  freshness.forgetFreshness();
  expect(freshness.dataUpTo()).toBeNull();
  expect(told).toHaveBeenCalledTimes(3);
});
