/** What a key does to the rows of a trace, after the treegrid pattern of ARIA. */

import { type Folds, hasChildren } from "./fold";
import type { Trace } from "./trace";

/** Go to a record's row, fold or unfold its descendants, or open its record. */
export type Step = { readonly go: number } | { readonly toggle: number } | { readonly open: number };

export interface Rows {
  readonly trace: Trace;
  /** The indexes of the rows, ascending. */
  readonly rows: readonly number[];
  readonly folds: Folds;
  /** How many rows a page has. */
  readonly pageSize: number;
}

/** Return what a key does when the row of `active` has the focus; undefined when it is none of ours. */
export function stepOf(key: string, active: number, { trace, rows, folds, pageSize }: Rows): Step | undefined {
  const place = placeIn(rows, active);
  const rowAt = (wanted: number): Step | undefined => {
    const go = rows[Math.min(Math.max(wanted, 0), rows.length - 1)];
    return go === undefined ? undefined : { go };
  };
  switch (key) {
    case "ArrowDown":
      return rowAt(place + 1);
    case "ArrowUp":
      return rowAt(place - 1);
    case "PageDown":
      return rowAt(place + pageSize);
    case "PageUp":
      return rowAt(place - pageSize);
    case "Home":
      return rowAt(0);
    case "End":
      return rowAt(rows.length - 1);
    case "ArrowRight":
      if (!hasChildren(trace, active)) return undefined;
      return folds.has(active) ? { toggle: active } : rowAt(place + 1);
    case "ArrowLeft": {
      if (hasChildren(trace, active) && !folds.has(active)) return { toggle: active };
      const parent = trace.spans[active]?.parent ?? -1;
      return parent >= 0 ? { go: parent } : undefined;
    }
    case "Enter":
      return { open: active };
    default:
      return undefined;
  }
}

/** Return the place of a record among ascending rows; of one that is no row, that of the row before it. */
export function placeIn(rows: readonly number[], index: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] as number) <= index) low = middle + 1;
    else high = middle;
  }
  return Math.max(low - 1, 0);
}
