/** Reads again what is still going on, while somebody sees the page. */

import { useEffect } from "react";

const EVERY_MS = 1_500;

interface Readable {
  readonly refetch: () => unknown;
}

/** Read a query again every so often as long as what it shows goes on. */
export function usePolling({ refetch }: Readable, isGoingOn: boolean): void {
  useEffect(() => {
    if (!isGoingOn) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") refetch();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [refetch, isGoingOn]);
}
