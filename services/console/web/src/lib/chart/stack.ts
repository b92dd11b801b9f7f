/** Series on top of each other, and the places of a chart under a pointer. */

import type { Series } from "./model";

export interface Layer {
  readonly lower: readonly number[];
  readonly upper: readonly (number | null)[];
}

/** Put series on top of each other, the first at the bottom; what has no value takes no room. */
export function stack(series: readonly Series[]): readonly Layer[] {
  let base: readonly number[] = series[0]?.values.map(() => 0) ?? [];
  return series.map(({ values }) => {
    const lower = base;
    base = values.map((value, index) => (lower[index] ?? 0) + (value ?? 0));
    return { lower, upper: values.map((value, index) => (value === null ? null : (base[index] ?? 0))) };
  });
}

/** Return the index of the last time that is not after `ms`; -1 when all are. */
export function indexAtOrBefore(times: readonly number[], ms: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Return the index of the time closest to `ms`; -1 when there is none. */
export function nearestIndex(times: readonly number[], ms: number): number {
  const before = indexAtOrBefore(times, ms);
  const [left, right] = [times[before], times[before + 1]];
  if (right === undefined) return before;
  return left !== undefined && ms - left <= right - ms ? before : before + 1;
}

export interface Place {
  readonly index: number;
  readonly series: number;
}

/**
 * Return the point closest to a place, no further than `reach`; undefined when none is so near. `distance` measures in
 * pixels: along the time alone, and to a value.
 */
export function nearestPoint(
  times: readonly number[],
  series: readonly Series[],
  ms: number,
  reach: number,
  distance: { readonly ofTime: (ms: number) => number; readonly ofValue: (value: number) => number },
): Place | undefined {
  let best: { place: Place; squared: number } | undefined;
  const look = (index: number) => {
    const across = distance.ofTime(times[index] ?? 0);
    if (Math.abs(across) > reach) return false;
    series.forEach(({ values }, at) => {
      const value = values[index];
      if (value === null || value === undefined) return;
      const squared = across ** 2 + distance.ofValue(value) ** 2;
      if (squared <= reach ** 2 && squared < (best?.squared ?? Number.POSITIVE_INFINITY)) {
        best = { place: { index, series: at }, squared };
      }
    });
    return true;
  };
  const start = indexAtOrBefore(times, ms);
  for (let index = start; index >= 0 && look(index); index -= 1);
  for (let index = start + 1; index < times.length && look(index); index += 1);
  return best?.place;
}
