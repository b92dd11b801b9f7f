/** The records that the address marks: those that are the steps of a result, for instance. */

import { useCallback, useMemo } from "react";
import { allOf } from "../../../lib/address/search";
import { indexesWhere, type Trace } from "../../../lib/tree/trace";
import { useSearchText } from "../../../state/address";

export interface Marks {
  /** How many records the address names. */
  readonly wanted: number;
  /** Those of them that the trace has, as ascending indexes. */
  readonly indexes: readonly number[];
  readonly clear: () => void;
}

export function useMarks(trace: Trace): Marks {
  const [search, change] = useSearchText();
  const named = allOf(search, "mark").join(" ");
  const ids = useMemo(() => new Set(named.split(" ").filter(Boolean)), [named]);
  const indexes = useMemo(
    () => (ids.size === 0 ? [] : indexesWhere(trace, ({ node }) => ids.has(node.id))),
    [trace, ids],
  );
  const clear = useCallback(() => change({ mark: undefined }), [change]);
  return useMemo(() => ({ wanted: ids.size, indexes, clear }), [ids, indexes, clear]);
}
