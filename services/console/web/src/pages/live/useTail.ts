/** Both streams as one tail, drawn at most once a frame. */

import { useCallback, useEffect, useMemo, useState } from "react";
import { onceAFrame } from "../../lib/live/frames";
import type { LiveQueries } from "../../lib/live/queries";
import { Rate } from "../../lib/live/rate";
import { Tail, type TailView } from "../../lib/live/tail";
import { type Followed, useStream } from "../../state/stream";
import { type Arrived, type LiveRow, readRow } from "./rows";

export interface LiveTail extends TailView<LiveRow> {
  readonly perSecond: number;
  /** Records were missed: what came meanwhile is not kept any more. */
  readonly hasGap: boolean;
  readonly interactions: Followed;
  readonly events: Followed;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly clear: () => void;
}

const KEPT = 2_000;
const RATE_EVERY_MS = 1_000;

export function useTail(queries: LiveQueries): LiveTail {
  const key = JSON.stringify(queries);
  const [view, setView] = useState<TailView<LiveRow>>({ rows: [], waiting: 0, isPaused: false });
  const [perSecond, setPerSecond] = useState(0);
  const [hasGap, setHasGap] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other filters begin another tail
  const [tail, rate] = useMemo(() => [new Tail(KEPT, readRow), new Rate()] as const, [key]);
  const draw = useMemo(() => onceAFrame(() => setView(tail.draw())), [tail]);

  useEffect(() => {
    draw();
    setHasGap(false);
    const timer = setInterval(() => setPerSecond(rate.perSecond(Date.now())), RATE_EVERY_MS);
    return () => clearInterval(timer);
  }, [draw, rate]);

  const take = (kind: Arrived["kind"]) => ({
    onData: (data: string) => {
      tail.add({ kind, data });
      rate.add(Date.now());
      draw();
    },
    onGap: () => setHasGap(true),
  });
  const interactions = useStream("/api/interactions/stream", queries.interactions, take("interaction"));
  const events = useStream("/api/v1/events/stream", queries.events, take("event"));

  const act = useCallback(
    (act: (tail: Tail<Arrived, LiveRow>) => void) => {
      act(tail);
      draw();
    },
    [tail, draw],
  );
  return {
    ...view,
    perSecond,
    hasGap,
    interactions,
    events,
    pause: () => act((one) => one.pause()),
    resume: () => act((one) => one.resume()),
    clear: () => {
      setHasGap(false);
      act((one) => one.clear());
    },
  };
}
