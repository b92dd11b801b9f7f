import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { follow, type Place, placeOf, type StreamStatus } from "./stream";

const URL = "http://waymark.invalid/api/v1/events/stream";
const HEAD = "retry: 2000\nid: a\n\n";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Answer = () => Response;

function frames(text: string): Answer {
  return () => new Response(text, { headers: { "content-type": "text/event-stream" } });
}

function refused(status: number, headers: Record<string, string> = {}): Answer {
  return () => Response.json({ detail: `no: ${status}`, code: "x" }, { status, headers });
}

function broken(): Response {
  throw new TypeError("network error");
}

/** Answers one after the other, the last one for ever; keeps what was asked, when, and what came of it. */
function followed(place: Place, ...answers: readonly Answer[]) {
  const end = new AbortController();
  const asked: { readonly atMs: number; readonly lastId: string | null }[] = [];
  const data: string[] = [];
  const statuses: StreamStatus[] = [];
  const gaps: number[] = [];
  const began = Date.now();
  const whole = follow(
    place,
    {
      onData: (one) => data.push(one),
      onStatus: (one) => statuses.push(one),
      onGap: () => gaps.push(Date.now() - began),
    },
    end.signal,
    async (request) => {
      asked.push({ atMs: Date.now() - began, lastId: request.headers.get("Last-Event-ID") });
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      return answer === undefined ? broken() : answer();
    },
  );
  return { end, asked, data, statuses, gaps, whole };
}

it("goes on after the last id, of a ping too, when the server ends the stream", async () => {
  const { end, asked, data } = followed(
    placeOf(URL),
    frames(`${HEAD}id: b\ndata: 1\n\n: ping\nid: c\n\n`),
    frames("id: d\ndata: 2\n\n"),
  );
  await vi.advanceTimersByTimeAsync(2_500);
  end.abort();
  expect(asked).toEqual([
    { atMs: 0, lastId: null },
    { atMs: 2_000, lastId: "c" },
  ]);
  expect(data).toEqual(["1", "2"]);
});

it("goes on where it was when it is followed again", async () => {
  const place = placeOf(URL);
  const first = followed(place, frames(HEAD));
  await vi.advanceTimersByTimeAsync(100);
  first.end.abort();
  await first.whole;
  const { end, asked } = followed(place, frames(HEAD));
  await vi.advanceTimersByTimeAsync(100);
  end.abort();
  expect(asked[0]?.lastId).toBe("a");
});

it.each([
  ["an event that says so", frames("event: task\ndata: 1\n\nid: b\nevent: end\ndata: 2\n\nevent: task\ndata: 3\n\n")],
  ["a 204", () => new Response(null, { status: 204 })],
])("is over by %s, and is not opened again", async (_, answer) => {
  const { asked, data, statuses, whole } = followed(placeOf(URL), answer);
  await whole;
  expect(asked).toHaveLength(1);
  expect(data).toEqual(answer().status === 204 ? [] : ["1", "2"]);
  expect(statuses.at(-1)).toEqual({ is: "over" });
});

it.each([410, 400])("begins with now after a %d about its id, and says that there is a gap", async (status) => {
  const { end, asked, gaps } = followed({ ...placeOf(URL), lastId: "old" }, refused(status), frames(HEAD));
  await vi.advanceTimersByTimeAsync(100);
  end.abort();
  expect(asked.map((one) => one.lastId)).toEqual(["old", null]);
  expect(gaps).toEqual([0]);
});

it("waits after a 503 for as long as the server says", async () => {
  const { end, asked, statuses } = followed(placeOf(URL), refused(503, { "Retry-After": "5" }), frames(HEAD));
  await vi.advanceTimersByTimeAsync(6_000);
  end.abort();
  expect(asked.map((one) => one.atMs)).toEqual([0, 5_000]);
  expect(statuses[1]).toMatchObject({ is: "waiting", waitMs: 5_000, problem: { status: 503 } });
});

it("waits longer from failure to failure while nothing answers", async () => {
  const { end, asked } = followed(placeOf(URL), broken);
  await vi.advanceTimersByTimeAsync(8_000);
  end.abort();
  expect(asked.map((one) => one.atMs)).toEqual([0, 1_000, 3_000, 7_000]);
});

it("waits no longer than half a minute, and little again after it was open", async () => {
  const failures = Array.from({ length: 7 }, () => broken);
  const { end, asked } = followed(placeOf(URL), ...failures, frames(HEAD), broken);
  await vi.advanceTimersByTimeAsync(95_000);
  end.abort();
  const atS = asked.map((one) => one.atMs / 1_000);
  expect(atS).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 93, 94]);
});

it("reads a character that comes in two pieces", async () => {
  const bytes = new TextEncoder().encode("data: 5 €\n\n");
  const body = new ReadableStream<Uint8Array>({
    start(pieces) {
      pieces.enqueue(bytes.slice(0, 9));
      pieces.enqueue(bytes.slice(9));
      pieces.close();
    },
  });
  const { end, data } = followed(placeOf(URL), () => new Response(body), broken);
  await vi.advanceTimersByTimeAsync(100);
  end.abort();
  expect(data).toEqual(["5 €"]);
});

it("takes no connection for dead on which something comes, before it is silent", async () => {
  const beginnings: number[] = [];
  const send = async ({ signal }: Request) => {
    beginnings.push(Date.now() - began);
    const body = new ReadableStream<Uint8Array>({
      start(pieces) {
        const ping = () => pieces.enqueue(new TextEncoder().encode(": ping\n\n"));
        for (const atMs of [30_000, 60_000, 90_000]) setTimeout(ping, atMs);
        signal.addEventListener("abort", () => pieces.error(signal.reason));
      },
    });
    return new Response(body);
  };
  const began = Date.now();
  const end = new AbortController();
  const nothing = { onData: () => undefined, onStatus: () => undefined, onGap: () => undefined };
  void follow(placeOf(URL), nothing, end.signal, send);
  await vi.advanceTimersByTimeAsync(136_500);
  end.abort();
  expect(beginnings).toEqual([0, 136_000]);
});

it.each([401, 403, 422])("gives up after a %d", async (status) => {
  const { whole, asked, statuses } = followed(placeOf(URL), refused(status));
  await whole;
  expect(asked).toHaveLength(1);
  expect(statuses.at(-1)).toMatchObject({ is: "refused", problem: { status } });
});

it("takes a connection for dead that is silent for three pings", async () => {
  const silent = vi.fn<(request: Request) => Promise<Response>>(
    (request) =>
      new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason))),
  );
  const end = new AbortController();
  const nothing = { onData: () => undefined, onStatus: () => undefined, onGap: () => undefined };
  void follow(placeOf(URL), nothing, end.signal, silent);
  await vi.advanceTimersByTimeAsync(46_100);
  end.abort();
  expect(silent).toHaveBeenCalledTimes(2);
});
