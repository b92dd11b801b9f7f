/** What keeps a session from being followed, while what is known of it stays. */

import { Alert } from "@mantine/core";
import { Failed } from "../../components/states/Failed";
import type { Followed } from "../../state/stream";

export function StreamTrouble({ stream: { status, again } }: { readonly stream: Followed }) {
  if (status?.is === "refused") return <Failed what="what happens next" problem={status.problem} retry={again} />;
  if (status?.is !== "waiting") return null;
  return (
    <Alert color="yellow" role="status">
      The session is not followed right now: {status.problem.detail} It is taken up again by itself.
    </Alert>
  );
}
