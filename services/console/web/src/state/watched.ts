/** Whether somebody may be looking at this tab. */

import { useEffect, useState } from "react";

/** A tab that is hidden for so long is taken for left. */
const PATIENCE_MS = 60_000;

/** Return whether the tab is seen, or was less than a minute ago. */
export function useIsWatched(): boolean {
  const [isWatched, setIsWatched] = useState(true);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => setIsWatched(false), PATIENCE_MS);
      else setIsWatched(true);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return isWatched;
}
