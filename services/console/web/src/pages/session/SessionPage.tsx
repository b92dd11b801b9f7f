/** One session of a workflow as it happens: on the canvas of its version, in a table, and task by task. */

import { Alert } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { asProblem } from "../../api/problem";
import { Page } from "../../components/Page";
import { Failed } from "../../components/states/Failed";
import { Waiting } from "../../components/states/Loaded";
import { type LiveSession, useSession } from "../../state/session";
import { Actions } from "./Actions";
import { SessionView } from "./SessionView";
import { StreamTrouble } from "./StreamTrouble";

export default function SessionPage() {
  const { id = "" } = useParams({ strict: false });
  return <Followed key={id} id={id} />;
}

function Followed({ id }: { readonly id: string }) {
  const live = useSession(id);
  const { session } = live;
  return (
    <Page
      title={`Session ${id}`}
      actions={session !== null && <Actions session={session} onRetried={() => void live.again()} />}
    >
      {session === null ? <NotThere live={live} id={id} /> : <SessionView session={session} />}
      <StreamTrouble stream={live.stream} />
    </Page>
  );
}

/** No session by any id, or an id that no session can have. */
const UNKNOWN: ReadonlySet<number> = new Set([404, 422]);

function NotThere({ live: { query }, id }: { readonly live: LiveSession; readonly id: string }) {
  if (query.error === null) return <Waiting height={600} />;
  const problem = asProblem(query.error);
  if (!UNKNOWN.has(problem.status)) {
    return <Failed what="the session" problem={problem} retry={() => void query.refetch()} />;
  }
  return (
    <Alert color="red" role="alert" title="Not found">
      There is no session <code className="break">{id}</code> here.
    </Alert>
  );
}
