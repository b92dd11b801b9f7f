/** Keeps a canvas that is only looked at whole within its frame, also when something opens beside it. */

import { useStore } from "@xyflow/react";
import { useEffect } from "react";

/** Call `fit` whenever the frame has another width; null leaves the view to whoever edits. */
export function useFitting(fit: (() => unknown) | null): void {
  const width = useStore((store) => store.width);
  useEffect(() => {
    if (width > 0) fit?.();
  }, [width, fit]);
}
