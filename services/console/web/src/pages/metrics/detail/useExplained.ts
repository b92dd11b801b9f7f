/** The value that is explained beside the list, as the address has it. */

import { useCallback, useMemo, useRef } from "react";
import type { Opened } from "../../../components/record/useOpened";
import type { Dimensions } from "../../../lib/metrics/words";
import { useAddress } from "../../../state/address";
import { FIELDS } from "./fields";

export interface Place {
  readonly customerId: string;
  readonly dimensions: Dimensions;
  /** RFC 3339; empty for the value as the list has it. */
  readonly at: string;
}

export interface Explained extends Omit<Opened, "open"> {
  /** Null when nothing is explained. */
  readonly place: Place | null;
  readonly explain: (place: Place) => void;
}

export function useExplained(): Explained {
  const { values, change } = useAddress(FIELDS);
  const { explain: customerId, dimensions, asOf } = values;
  const opener = useRef<HTMLElement | null>(null);
  const explain = useCallback(
    (place: Place) => {
      opener.current = document.activeElement as HTMLElement | null;
      change({ explain: place.customerId, dimensions: place.dimensions, asOf: place.at });
    },
    [change],
  );
  const close = useCallback(() => {
    change({ explain: "", dimensions: {}, asOf: "" });
    opener.current?.focus();
    opener.current = null;
  }, [change]);
  const wasOpenedHere = useCallback(() => opener.current !== null, []);
  return useMemo(() => {
    const place = customerId === "" ? null : { customerId, dimensions, at: asOf };
    const id = place === null ? "" : JSON.stringify(place);
    return { id, place, explain, close, wasOpenedHere };
  }, [customerId, dimensions, asOf, explain, close, wasOpenedHere]);
}
