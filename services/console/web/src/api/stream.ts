/**
 * Streams of the API as server-sent events. A stream is opened again whenever it ends, and goes on after the last id; it
 * is read by `fetch`, so that what the server refuses is seen, and a login that ended is renewed.
 */

import { sseReader } from "../lib/sse";
import { asProblem, type Problem, problemOf } from "./problem";
import { sessionFetch } from "./session";

/** Where a stream stands; it outlives its connections. */
export interface Place {
  readonly url: string;
  lastId: string | null;
  /** How long the server asks to wait before a stream that ended is opened again. */
  retryMs: number;
}

export type StreamStatus =
  | { readonly is: "opening" | "open" }
  | { readonly is: "waiting"; readonly problem: Problem; readonly waitMs: number }
  /** Asking again would not help. */
  | { readonly is: "refused"; readonly problem: Problem }
  /** What it told of has ended, and nothing follows. */
  | { readonly is: "over" };

export interface StreamListener {
  /** `event` is the kind of what is told, in streams that tell of several. */
  readonly onData: (data: string, event?: string) => void;
  readonly onStatus: (status: StreamStatus) => void;
  /** What followed the last id is not kept any more, or the id is of another log: the stream begins with now. */
  readonly onGap: () => void;
}

/** The server pings every 15 s; a connection silent for so long is dead. */
const SILENCE_MS = 45_000;
const LONGEST_WAIT_MS = 30_000;
/** The server's word for a stream that is over to a client that has all of it. */
const NO_CONTENT = 204;
/** The event that ends a stream for good. */
const END = "end";

export function placeOf(url: string): Place {
  return { url, lastId: null, retryMs: 1_000 };
}

/** Follow a stream from its place until it is over, `signal` ends it, or the server refuses it for good. */
export async function follow(
  place: Place,
  on: StreamListener,
  signal: AbortSignal,
  send: (request: Request) => Promise<Response> = sessionFetch,
): Promise<void> {
  let failures = 0;
  const onStatus = (status: StreamStatus) => {
    if (status.is === "open") failures = 0;
    on.onStatus(status);
  };
  while (!signal.aborted) {
    on.onStatus({ is: "opening" });
    try {
      if (await readOnce(place, { ...on, onStatus }, signal, send)) {
        on.onStatus({ is: "over" });
        return;
      }
      await pause(place.retryMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      const problem = asProblem(error);
      if (isOfId(problem) && place.lastId !== null) {
        place.lastId = null;
        on.onGap();
      } else if (isPassing(problem)) {
        failures += 1;
        const waitMs = waitAfter(problem, failures);
        on.onStatus({ is: "waiting", problem, waitMs });
        await pause(waitMs, signal);
      } else {
        on.onStatus({ is: "refused", problem });
        return;
      }
    }
  }
}

/** Read one connection until the server ends it; return whether the stream is over with it. */
async function readOnce(
  place: Place,
  on: StreamListener,
  signal: AbortSignal,
  send: (request: Request) => Promise<Response>,
): Promise<boolean> {
  const silence = new AbortController();
  const either = AbortSignal.any([signal, silence.signal]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(new TypeError("silent for too long")), SILENCE_MS);
  };
  try {
    heard();
    const headers: Record<string, string> = place.lastId === null ? {} : { "Last-Event-ID": place.lastId };
    const response = await send(new Request(place.url, { headers, signal: either }));
    if (response.status === NO_CONTENT) return true;
    if (!response.ok || response.body === null) throw await problemOf(response);
    on.onStatus({ is: "open" });
    const read = sseReader();
    const decoder = new TextDecoder();
    const body = response.body.getReader();
    for (let piece = await body.read(); !piece.done; piece = await body.read()) {
      heard();
      for (const frame of read(decoder.decode(piece.value, { stream: true }))) {
        if (frame.id !== undefined) place.lastId = frame.id;
        if (frame.retryMs !== undefined) place.retryMs = frame.retryMs;
        if (frame.data !== undefined) on.onData(frame.data, frame.event);
        if (frame.event === END) {
          void body.cancel();
          return true;
        }
      }
    }
    return false;
  } finally {
    clearTimeout(timer);
  }
}

function isOfId({ status }: Problem): boolean {
  return status === 410 || status === 400;
}

function isPassing({ status, code }: Problem): boolean {
  return status >= 500 || status === 429 || code === "no_answer";
}

function waitAfter({ retryAfterS }: Problem, failures: number): number {
  return retryAfterS === null ? Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** (failures - 1)) : retryAfterS * 1_000;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
