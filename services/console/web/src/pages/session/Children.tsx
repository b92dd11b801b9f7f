/** The sessions that tasks of a session started. */

import { Section } from "../../components/Section";
import { SessionTable } from "../../components/session/SessionTable";
import { Loaded } from "../../components/states/Loaded";
import type { Session } from "../../lib/session/model";
import { useSessions } from "../../state/sessions";

/** The types of tasks that may start sessions. */
const CALLING: ReadonlySet<string | null> = new Set(["call-workflow", "for-each"]);

export function Children({ session }: { readonly session: Session }) {
  const calling = session.tasks.filter(({ type, startedAt }) => CALLING.has(type) && startedAt !== null);
  if (calling.length === 0) return null;
  const stage = calling.map(({ task, status, items }) => `${task} ${status} ${items?.length ?? 0}`).join(", ");
  return <Started by={session.sessionId} stage={stage} />;
}

interface StartedProps {
  readonly by: string;
  /** How far the tasks that start sessions are. */
  readonly stage: string;
}

function Started({ by, stage }: StartedProps) {
  const pages = useSessions({ parent: by }, stage);
  return (
    <Loaded query={pages} what="the sessions that it started" height={80}>
      {(sessions) =>
        sessions.total > 0 && (
          <Section title="Sessions that it started">
            <SessionTable caption="Sessions that it started" sessions={sessions} pages={pages} hasWorkflows />
          </Section>
        )
      }
    </Loaded>
  );
}
