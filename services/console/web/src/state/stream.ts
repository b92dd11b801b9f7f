/** A stream of the API for as long as its page is shown and may be looked at. */

import { useCallback, useEffect, useEffectEvent, useMemo, useState } from "react";
import { follow, placeOf, type StreamStatus } from "../api/stream";
import { useIsWatched } from "./watched";

export type StreamPath = "/api/interactions/stream" | "/api/v1/events/stream";

interface Told {
  readonly onData: (data: string, event?: string) => void;
  readonly onGap: () => void;
}

export interface Followed {
  /** Null while nothing is followed. */
  readonly status: StreamStatus | null;
  /** Follow a stream again that was refused. */
  readonly again: () => void;
}

/** Follow a stream of what `query` asks for; null follows nothing. */
export function useStream(path: StreamPath, query: Readonly<Record<string, string>> | null, told: Told): Followed {
  return useStreamAt(query === null ? null : `${path}?${new URLSearchParams(query)}`, told);
}

/** Follow the stream at a path of the API, which may have a query; null follows nothing. */
export function useStreamAt(path: string | null, told: Told): Followed {
  const url = path === null ? null : `${location.origin}${path}`;
  const place = useMemo(() => (url === null ? null : placeOf(url)), [url]);
  const isWatched = useIsWatched();
  const [status, setStatus] = useState<StreamStatus>({ is: "opening" });
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => setAttempt((before) => before + 1), []);
  const onData = useEffectEvent(told.onData);
  const onGap = useEffectEvent(told.onGap);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt opens it anew
  useEffect(() => {
    if (place === null || !isWatched) return;
    const end = new AbortController();
    void follow(place, { onData, onGap, onStatus: setStatus }, end.signal);
    return () => end.abort();
  }, [place, isWatched, attempt]);
  return { status: place === null ? null : status, again };
}
