/** Finding records of a trace by text, and walking through what was found. */

import { indexesWhere, type Trace } from "./trace";

/** Return the indexes of the records whose name, ids or JSON contain a text, in any case; `texts` is their JSON, lower case. */
export function find(trace: Trace, text: string, texts?: ReadonlyMap<string, string>): readonly number[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  return indexesWhere(
    trace,
    ({ name, node }) =>
      name.toLowerCase().includes(wanted) ||
      node.id.includes(wanted) ||
      (node.spanId?.includes(wanted) ?? false) ||
      node.resourceId.toLowerCase().includes(wanted) ||
      (texts?.get(node.id)?.includes(wanted) ?? false),
  );
}

/** Return the first of some ascending indexes after one, from the beginning again after the last; -1 when there is none. */
export function nextAfter(found: readonly number[], index: number): number {
  return found.find((one) => one > index) ?? found[0] ?? -1;
}

/** Return the last of some ascending indexes before one, from the end again before the first; -1 when there is none. */
export function lastBefore(found: readonly number[], index: number): number {
  return found.findLast((one) => one < index) ?? found.at(-1) ?? -1;
}

/** Return the indexes of the records that the trace waited for. */
export function criticalPath(trace: Trace): readonly number[] {
  return indexesWhere(trace, ({ node }) => node.onCriticalPath);
}
