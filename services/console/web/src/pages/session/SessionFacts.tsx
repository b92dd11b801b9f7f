/** How a session goes, of which workflow it is, and who started it. */

import { Stack } from "@mantine/core";
import { Facts } from "../../components/Facts";
import { Fields } from "../../components/Fields";
import { PageLink } from "../../components/PageLink";
import { Elapsed } from "../../components/session/Elapsed";
import { StartedBy } from "../../components/session/StartedBy";
import { Status } from "../../components/session/Status";
import { Time } from "../../components/Time";
import { paths } from "../../lib/address/paths";
import type { Session } from "../../lib/session/model";
import { isOver } from "../../lib/session/status";

export function SessionFacts({ session }: { readonly session: Session }) {
  const { workflow, version, status, startedAt, endedAt, startedBy, uowId, round, tasks, parentSessionId } = session;
  return (
    <Stack gap="sm">
      <Facts
        facts={[
          ["Status", <Status key="status" of={status} />],
          ["Duration", <Elapsed key="duration" {...session} />],
          ["Tasks ended", `${tasks.filter(({ status: one }) => isOver(one)).length} of ${tasks.length}`],
          [
            "Workflow",
            <PageLink key="workflow" to={paths.workflow(workflow)} className="break">
              {workflow}
            </PageLink>,
          ],
          [
            "Version",
            <PageLink
              key="version"
              to={paths.workflow(workflow)}
              search={{ tab: "versions", open: String(version) }}
              aria-label={`Version ${version}`}
            >
              {version}
            </PageLink>,
          ],
          ["Round", round],
        ]}
      />
      <Fields
        items={[
          ["Started", <Time key="started" at={startedAt} millis ago zoned />],
          ["Ended", endedAt === null ? null : <Time key="ended" at={endedAt} millis zoned />],
          ["Started by", <StartedBy key="by" by={startedBy} />],
          ["Started by session", parentSessionId === null ? null : <Parent key="parent" session={session} />],
          ["Unit of work", <code key="uow">{uowId}</code>],
        ]}
      />
    </Stack>
  );
}

function Parent({ session: { parentSessionId, parentTask } }: { readonly session: Session }) {
  if (parentSessionId === null) return null;
  return (
    <>
      <PageLink to={paths.session(parentSessionId)} search={{ open: parentTask ?? undefined }}>
        {parentSessionId}
      </PageLink>
      {parentTask !== null && <>, by its task {parentTask}</>}
    </>
  );
}
