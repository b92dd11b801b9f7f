/**
 * How far the read models are: what was just written is waited for by the reads after it, and an answer that is behind
 * the clock is told.
 */

const POSITION = "Waymark-Position";
const MIN_POSITION = "Waymark-Min-Position";
const AS_OF = "Waymark-As-Of";
/** For how long reads ask for what was written last; the models are there by then, or behind for a reason. */
const ASKED_FOR_MS = 10_000;
const BEHIND_MS = 10_000;

let written: { readonly position: string; readonly atMs: number } | null = null;
const listeners = new Set<() => void>();
const behind = new Map<string, number>();
let oldest: number | null = null;

/** Have a read wait for what was written last. */
export function askForWritten(request: Request): void {
  if (request.method === "GET" && written !== null && Date.now() - written.atMs < ASKED_FOR_MS) {
    request.headers.set(MIN_POSITION, written.position);
  }
}

/** Take in what the headers of an answer say. */
export function noteHeaders(request: Request, response: Response): void {
  const position = response.headers.get(POSITION);
  if (request.method !== "GET" && response.ok && position !== null) written = { position, atMs: Date.now() };
  const asOf = response.headers.get(AS_OF);
  if (request.method === "GET" && asOf !== null) noteAsOf(new URL(request.url).pathname, Date.parse(asOf));
}

/** The time up to which the data is complete, when that is noticeably past; else null. */
export function dataUpTo(): number | null {
  return oldest;
}

export function watchFreshness(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Forget what was read before, as another page is shown. */
export function forgetFreshness(): void {
  behind.clear();
  tell();
}

function noteAsOf(path: string, asOfMs: number): void {
  if (Date.now() - asOfMs > BEHIND_MS) behind.set(path, asOfMs);
  else behind.delete(path);
  tell();
}

function tell(): void {
  const next = behind.size ? Math.min(...behind.values()) : null;
  if (next === oldest) return;
  oldest = next;
  for (const listener of listeners) listener();
}
