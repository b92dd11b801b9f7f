/** Says what changed in a session to whoever does not see it: all that came within a second at once. */

import { VisuallyHidden } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { changesIn } from "../../lib/session/changes";
import type { Session } from "../../lib/session/model";

const PATIENCE_MS = 1_000;

export function Announcer({ session }: { readonly session: Session }) {
  const [said, setSaid] = useState("");
  const told = useRef(session);
  const newest = useRef(session);
  newest.current = session;
  useEffect(() => {
    const timer = setInterval(() => {
      const changes = changesIn(told.current, newest.current);
      told.current = newest.current;
      if (changes !== "") setSaid(changes);
    }, PATIENCE_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <VisuallyHidden role="status" aria-live="polite" aria-label="Changes">
      {said}
    </VisuallyHidden>
  );
}
