/** Which records of a trace are rows: those under a folded one are not, nor those that a choice leaves out. */

import { ancestorsOf, indexesWhere, type Trace } from "./trace";

/** Records whose descendants are hidden, by index. */
export type Folds = ReadonlySet<number>;

export const NO_FOLDS: Folds = new Set();

/** Return the indexes of the rows, in order. Of what `keep` leaves out the descendants may stay. */
export function rowsOf(trace: Trace, folds: Folds, keep?: Uint8Array): readonly number[] {
  const rows: number[] = [];
  const { spans } = trace;
  for (let index = 0; index < spans.length; ) {
    if (keep === undefined || keep[index]) rows.push(index);
    index = folds.has(index) ? (spans[index]?.end ?? spans.length) : index + 1;
  }
  return rows;
}

export function hasChildren(trace: Trace, index: number): boolean {
  return (trace.spans[index]?.end ?? 0) > index + 1;
}

/** Fold every record that has children. */
export function foldAll(trace: Trace): Folds {
  return new Set(indexesWhere(trace, ({ end }, index) => end > index + 1));
}

/** Fold an open record, unfold a folded one. */
export function toggled(folds: Folds, index: number): Folds {
  const changed = new Set(folds);
  if (!changed.delete(index)) changed.add(index);
  return changed;
}

/** Unfold what hides a record. */
export function revealed(trace: Trace, folds: Folds, index: number): Folds {
  const hiding = ancestorsOf(trace, index).filter((ancestor) => folds.has(ancestor));
  if (!hiding.length) return folds;
  const changed = new Set(folds);
  for (const ancestor of hiding) changed.delete(ancestor);
  return changed;
}

/** Mark the records that fit, and their ancestors so that their place can be seen. */
export function keepOf(trace: Trace, fits: (index: number) => boolean): Uint8Array {
  const keep = new Uint8Array(trace.spans.length);
  for (let index = keep.length - 1; index >= 0; index -= 1) {
    if (!keep[index] && !fits(index)) continue;
    keep[index] = 1;
    const parent = trace.spans[index]?.parent ?? -1;
    if (parent >= 0) keep[parent] = 1;
  }
  return keep;
}

const ALL = "all";
/** As many characters of an id's end as tell it from the others of its trace. */
const TAG_LENGTH = 8;

/** Write folds as text for an address: the ends of ids, after `all` those of the records that are open. */
export function writeFolds(trace: Trace, folds: Folds): string {
  const open: string[] = [];
  const folded: string[] = [];
  trace.spans.forEach(({ node }, index) => {
    if (hasChildren(trace, index)) (folds.has(index) ? folded : open).push(tagOf(node.id));
  });
  return open.length < folded.length ? [ALL, ...open].join(".") : folded.join(".");
}

/** Read folds that `writeFolds` wrote; what the trace does not have is passed over. */
export function readFolds(trace: Trace, text: string): Folds {
  if (text === "") return NO_FOLDS;
  const tags = new Set(text.split("."));
  const isAll = tags.has(ALL);
  return new Set(indexesWhere(trace, ({ node, end }, index) => end > index + 1 && tags.has(tagOf(node.id)) !== isAll));
}

function tagOf(id: string): string {
  return id.slice(-TAG_LENGTH);
}
