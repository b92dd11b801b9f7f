/** The rows of a waterfall: what is folded, what the toggles leave out, and what was found. */

import { useDebouncedCallback } from "@mantine/hooks";
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Values } from "../../../lib/address/fields";
import { find } from "../../../lib/tree/find";
import { type Folds, keepOf, readFolds, rowsOf, writeFolds } from "../../../lib/tree/fold";
import type { Trace } from "../../../lib/tree/trace";
import type { FIELDS } from "../fields";

/** Folds are in the address when the folding rests, so that it is as quick as the rows. */
const REST_MS = 300;

/** Return what is folded, as it began by the address' text, and a function that changes it. */
export function useFolds(
  trace: Trace,
  text: string,
  write: (text: string) => void,
): readonly [Folds, (change: (folds: Folds) => Folds) => void] {
  const [folds, setFolds] = useState(() => readFolds(trace, text));
  const [seen, setSeen] = useState(text);
  const written = useRef(text);
  // A second change of one event builds on the first, which no rendering has shown yet.
  const latest = useRef(folds);
  const tell = useDebouncedCallback((next: Folds) => {
    written.current = writeFolds(trace, next);
    write(written.current);
  }, REST_MS);
  if (text !== seen) {
    setSeen(text);
    if (text !== written.current) setFolds(readFolds(trace, text));
  }
  useLayoutEffect(() => {
    latest.current = folds;
  }, [folds]);
  const change = useCallback(
    (by: (folds: Folds) => Folds) => {
      const next = by(latest.current);
      if (next === latest.current) return;
      latest.current = next;
      setFolds(next);
      tell(next);
    },
    [tell],
  );
  return [folds, change];
}

export interface Rows {
  /** Indexes of the records that are rows, ascending. */
  readonly rows: readonly number[];
  /** Indexes of what was found among all that is not left out, folded or not. */
  readonly found: readonly number[];
}

export function useRows(
  trace: Trace,
  folds: Folds,
  { onlyCriticalPath, errors, find: wanted }: Pick<Values<typeof FIELDS>, "onlyCriticalPath" | "errors" | "find">,
  texts: ReadonlyMap<string, string> | undefined,
): Rows {
  const keep = useMemo(() => {
    if (!onlyCriticalPath && !errors) return undefined;
    return keepOf(trace, (index) => {
      const span = trace.spans[index];
      return span !== undefined && (!onlyCriticalPath || span.node.onCriticalPath) && (!errors || span.isError);
    });
  }, [trace, onlyCriticalPath, errors]);
  const rows = useMemo(() => rowsOf(trace, folds, keep), [trace, folds, keep]);
  const found = useMemo(() => {
    const all = find(trace, wanted, texts);
    return keep === undefined ? all : all.filter((index) => keep[index]);
  }, [trace, wanted, texts, keep]);
  return { rows, found };
}
