/** One session as it happens: read once, then followed by its stream for as long as it goes on. */

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { type Get, get, keyOf, useGet } from "../api/queries";
import { onceAFrame } from "../lib/live/frames";
import { fold, readEvent, type SessionEvent } from "../lib/session/fold";
import type { Session } from "../lib/session/model";
import { isOpen } from "../lib/session/status";
import { type Followed, useStreamAt } from "./stream";

const ONE = "/api/v1/workflow-sessions/{id}";

export interface LiveSession {
  /** The first read: what it failed with, and that it is waited for. */
  readonly query: Get<unknown>;
  /** The session as it stands; null before it was read. */
  readonly session: Session | null;
  readonly stream: Followed;
  /** Read it anew, and follow it again where it goes on. */
  readonly again: () => Promise<void>;
}

/** What the stream has told since a read. */
interface Told {
  readonly since: Session;
  readonly session: Session;
}

/** Follow a session; another id wants another component, made by its key. */
export function useSession(id: string): LiveSession {
  const init = useMemo(() => ({ params: { path: { id } } }), [id]);
  const queries = useQueryClient();
  const [told, setTold] = useState<Told | null>(null);
  // Once the stream is further than the read, another read could only be behind it.
  const query = useGet(ONE, init, { fresh: true, enabled: told === null });
  const read = query.data as Session | undefined;
  const session = told !== null && told.since === read ? told.session : (read ?? null);
  const take = useMemo(() => takerOf(read, setTold), [read]);
  const isFollowed = session !== null && isOpen(session.status);
  const stream = useStreamAt(isFollowed ? `/api/v1/workflow-sessions/${encodeURIComponent(id)}/stream` : null, {
    onData: (data, name) => {
      const event = readEvent(name, data);
      if (event !== undefined) take(event);
    },
    // Each connection without a place begins with a snapshot, so that nothing is missed.
    onGap: () => undefined,
  });
  const again = useCallback(async () => {
    try {
      queries.setQueryData(keyOf(ONE, init), await get(ONE, init));
    } catch {
      // The query is asked once more, and tells what is wrong.
      void queries.invalidateQueries({ queryKey: keyOf(ONE, init) });
    }
    setTold(null);
  }, [init, queries]);
  return { query, session, stream, again };
}

/** Return a function that takes events since a read, and tells once a frame what they make of it. */
function takerOf(read: Session | undefined, tell: (told: Told) => void): (event: SessionEvent) => void {
  let session = read ?? null;
  const draw = onceAFrame(() => {
    if (read !== undefined && session !== null) tell({ since: read, session });
  });
  return (event) => {
    session = fold(session, event);
    draw();
  };
}
