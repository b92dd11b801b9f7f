/** How long something took, or has taken so far. */

import { useEffect, useState } from "react";
import { Duration } from "../Time";

interface ElapsedProps {
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
}

export function Elapsed({ startedAt, endedAt, durationMs }: ElapsedProps) {
  if (durationMs !== null) return <Duration ms={durationMs} />;
  if (startedAt === null || endedAt !== null) return null;
  return <SoFar sinceMs={Date.parse(startedAt)} />;
}

const TICK_MS = 1_000;

function SoFar({ sinceMs }: { readonly sinceMs: number }) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const wholeMs = Math.max(0, Math.floor((nowMs - sinceMs) / TICK_MS) * TICK_MS);
  return (
    <span className="dimmed">
      <Duration ms={wholeMs} /> so far
    </span>
  );
}
