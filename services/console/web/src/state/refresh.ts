/** A page that reads anew by itself while somebody sees it. */

import { useEffect } from "react";
import { useRange } from "./range";

const EVERY_MS = 30_000;

/** Let `now` be now every so often, and at once when the tab is seen again. */
export function useAutoRefresh(everyMs: number = EVERY_MS): void {
  const { refresh } = useRange();
  useEffect(() => {
    let lastMs = Date.now();
    const refreshIfSeen = () => {
      if (document.visibilityState !== "visible" || Date.now() - lastMs < everyMs) return;
      lastMs = Date.now();
      refresh();
    };
    const timer = setInterval(refreshIfSeen, 1_000);
    document.addEventListener("visibilitychange", refreshIfSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", refreshIfSeen);
    };
  }, [refresh, everyMs]);
}
