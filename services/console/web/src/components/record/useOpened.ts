/** The record that is opened beside a list, as the address has it in `open`. */

import { useCallback, useMemo, useRef } from "react";
import { text } from "../../lib/address/fields";
import { useAddress } from "../../state/address";

export interface Opened {
  /** Empty when none is. */
  readonly id: string;
  readonly open: (id: string) => void;
  /** Close it, and give the focus back to where it was opened. */
  readonly close: () => void;
  /** Whether it was opened on this page rather than by its address. */
  readonly wasOpenedHere: () => boolean;
}

const FIELDS = { open: text() };

export function useOpened(): Opened {
  const { values, change } = useAddress(FIELDS);
  const opener = useRef<HTMLElement | null>(null);
  const open = useCallback(
    (id: string) => {
      opener.current = document.activeElement as HTMLElement | null;
      change({ open: id });
    },
    [change],
  );
  const close = useCallback(() => {
    change({ open: "" });
    opener.current?.focus();
    opener.current = null;
  }, [change]);
  const wasOpenedHere = useCallback(() => opener.current !== null, []);
  const id = values.open;
  return useMemo(() => ({ id, open, close, wasOpenedHere }), [id, open, close, wasOpenedHere]);
}
