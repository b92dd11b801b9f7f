/** Which rows of a long list can be seen, when all have one height. */

import { type RefObject, useLayoutEffect, useState } from "react";

export interface Window {
  readonly first: number;
  /** The place after the last. */
  readonly end: number;
}

/** Rows kept above and below what can be seen. */
const OVERSCAN = 12;
/** The window moves by so many rows at once, so that most frames of scrolling draw nothing new. */
const STEP = 8;

export function useWindow(frame: RefObject<HTMLElement | null>, rowHeight: number): Window {
  const [shown, setShown] = useState<Window>({ first: 0, end: 40 });
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const look = () => {
      const first = Math.max(0, Math.floor(element.scrollTop / rowHeight / STEP) * STEP - OVERSCAN);
      const end = Math.ceil((element.scrollTop + element.clientHeight) / rowHeight / STEP) * STEP + OVERSCAN;
      setShown((before) => (before.first === first && before.end === end ? before : { first, end }));
    };
    look();
    const resizes = new ResizeObserver(look);
    resizes.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      resizes.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [frame, rowHeight]);
  return shown;
}
