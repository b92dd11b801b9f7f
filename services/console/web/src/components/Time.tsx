/** Instants and durations as text. */

import { useEffect, useState } from "react";
import { formatAgo, formatDuration, formatInstant, toRfc3339, zoneName } from "../lib/time/zone";
import { useClock } from "../state/preferences";

interface TimeProps {
  /** Milliseconds since the epoch, or RFC 3339. */
  readonly at: number | string;
  /** Say beside the time how long ago it was. */
  readonly ago?: boolean;
  readonly millis?: boolean;
  /** Leave the day out where it is said beside. */
  readonly date?: boolean;
  /** Name the zone beside the time, where no column head does. */
  readonly zoned?: boolean;
}

/** An instant in the chosen zone; in full and in UTC for the pointer and for whoever copies it. */
export function Time({ at, ago = false, millis = false, date = true, zoned = false }: TimeProps) {
  const clock = useClock();
  const ms = typeof at === "number" ? at : Date.parse(at);
  const utc = toRfc3339(ms);
  return (
    <>
      <time
        dateTime={utc}
        title={utc}
        className="numbers"
        onCopy={(event) => {
          event.clipboardData.setData("text/plain", utc);
          event.preventDefault();
        }}
      >
        {formatInstant(ms, clock, { millis, date })}
      </time>
      {zoned && <span className="dimmed"> {zoneName(clock.zone)}</span>}
      {ago && <Ago ms={ms} />}
    </>
  );
}

const TICK_MS = 15_000;

function Ago({ ms }: { readonly ms: number }) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  // A time that came since the last tick would else lie in the future.
  useEffect(() => setNowMs((before) => (ms > before ? Date.now() : before)), [ms]);
  return <span className="dimmed"> ({formatAgo(ms, nowMs)})</span>;
}

export function Duration({ ms }: { readonly ms: number }) {
  return (
    <span className="numbers" title={`${ms} ms`}>
      {formatDuration(ms)}
    </span>
  );
}
