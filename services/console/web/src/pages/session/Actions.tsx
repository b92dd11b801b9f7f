/** What may be done with a session: end it, run again what failed of it, look at its trace. */

import { Button } from "@mantine/core";
import { api } from "../../api/client";
import { ConfirmButton } from "../../components/form/ConfirmButton";
import { useWrite } from "../../components/form/useWrite";
import { useLink } from "../../components/PageLink";
import { Failed } from "../../components/states/Failed";
import { paths } from "../../lib/address/paths";
import type { Session } from "../../lib/session/model";
import { rangeOf } from "../../lib/session/range";
import { isOpen } from "../../lib/session/status";
import { shortened } from "../../lib/words";
import { useMay } from "../../state/me";

interface ActionsProps {
  readonly session: Session;
  readonly onRetried: () => void;
}

const LIST = "/api/v1/workflow-sessions";

export function Actions({ session, onRetried }: ActionsProps) {
  const mayWrite = useMay("editor");
  const { status } = session;
  return (
    <>
      <OpenTrace session={session} />
      {mayWrite && isOpen(status) && <Cancel id={session.sessionId} />}
      {mayWrite && (status === "failed" || status === "cancelled") && (
        <Retry id={session.sessionId} onRetried={onRetried} />
      )}
    </>
  );
}

function OpenTrace({ session }: { readonly session: Session }) {
  const link = useLink({ to: paths.trace(session.uowId), search: rangeOf(session, Date.now()) });
  return (
    <Button component="a" size="compact-sm" variant="default" {...link}>
      Open trace
    </Button>
  );
}

function Cancel({ id }: { readonly id: string }) {
  return (
    <ConfirmButton
      verb="Cancel session"
      thing={shortened(id)}
      dismiss="Let it go on"
      send={() => api.POST("/api/v1/workflow-sessions/{id}/cancel", { params: { path: { id } } })}
      reads={[LIST]}
    >
      Running calls are cut; tasks that have not ended, and the sessions that they started, are cancelled. Results that
      are there stay.
    </ConfirmButton>
  );
}

function Retry({ id, onRetried }: { readonly id: string; readonly onRetried: () => void }) {
  const write = useWrite<void, unknown>({
    send: () =>
      api.POST("/api/v1/workflow-sessions/{id}/retry", {
        params: { path: { id }, header: { prefer: "respond-async" } },
      }),
    reads: [LIST],
    onDone: onRetried,
  });
  return (
    <>
      <Button size="compact-sm" loading={write.isPending} onClick={() => write.mutate()}>
        Retry from here
      </Button>
      {write.isError && <Failed verb="retry" what="the session" problem={write.error} />}
    </>
  );
}
