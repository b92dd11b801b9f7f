/** The axis of a trace: a part of its time, as wide as the place for it. */

import type { Span, Trace } from "./trace";

/** `[fromMs, toMs]`, with some length. */
export interface View {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A place on the axis, in parts of its width. */
export interface Place {
  readonly left: number;
  readonly width: number;
}

/** A view is never shorter. */
const SHORTEST_MS = 1;

/** Return the view of a whole trace. */
export function wholeView({ startMs, endMs }: Trace): View {
  return { fromMs: startMs, toMs: Math.max(endMs, startMs + SHORTEST_MS) };
}

/** Return where a record lies in a view; null when it lies outside of it. */
export function placeOf({ startMs, endMs }: Pick<Span, "startMs" | "endMs">, { fromMs, toMs }: View): Place | null {
  if (endMs < fromMs || startMs > toMs) return null;
  const length = toMs - fromMs;
  const left = Math.max(startMs - fromMs, 0) / length;
  return { left, width: (Math.min(endMs, toMs) - Math.max(startMs, fromMs)) / length };
}

/** Return the view between two instants in either order, within a whole one. */
export function viewBetween(oneMs: number, otherMs: number, whole: View): View {
  const within = (ms: number) => Math.round(Math.min(Math.max(ms, whole.fromMs), whole.toMs));
  const [fromMs, toMs] = [within(Math.min(oneMs, otherMs)), within(Math.max(oneMs, otherMs))];
  if (toMs - fromMs >= SHORTEST_MS) return { fromMs, toMs };
  const begin = Math.min(fromMs, whole.toMs - SHORTEST_MS);
  return { fromMs: begin, toMs: begin + SHORTEST_MS };
}

/** Write a view as `from-to`, in milliseconds since the trace began; empty for the whole trace. */
export function writeView(view: View, whole: View): string {
  const isWhole = view.fromMs === whole.fromMs && view.toMs === whole.toMs;
  return isWhole ? "" : `${view.fromMs - whole.fromMs}-${view.toMs - whole.fromMs}`;
}

/** Read a view that `writeView` wrote; the whole one when the text is no view. */
export function readView(text: string, whole: View): View {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  if (match === null) return whole;
  return viewBetween(whole.fromMs + Number(match[1]), whole.fromMs + Number(match[2]), whole);
}

/** Return round distances from the trace's begin that divide a view into about `count` parts. */
export function ticksOf(view: View, originMs: number, count: number): readonly number[] {
  const rough = Math.max((view.toMs - view.fromMs) / count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? 10 * power;
  const ticks = [];
  for (let at = Math.ceil((view.fromMs - originMs) / step) * step; at <= view.toMs - originMs; at += step)
    ticks.push(at);
  return ticks;
}
