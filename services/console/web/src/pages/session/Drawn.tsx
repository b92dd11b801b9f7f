/** The version that a session runs, on the canvas, each task with its status. */

import { Text } from "@mantine/core";
import { useMemo } from "react";
import type { Opened } from "../../components/record/useOpened";
import { Picture } from "../../components/session/Picture";
import { Failed } from "../../components/states/Failed";
import { Waiting } from "../../components/states/Loaded";
import { definitionOf } from "../../lib/canvas/documents";
import { itemOf } from "../../lib/session/fold";
import type { Session } from "../../lib/session/model";
import { textOf } from "../../lib/session/words";
import { useVersion, useWorkflow } from "../../state/workflow";

const HEIGHT = 420;

interface DrawnProps {
  readonly session: Session;
  readonly opened: Opened;
}

export function Drawn({ session, opened }: DrawnProps) {
  const { workflow, workflowId, version, tasks } = session;
  const now = useWorkflow(workflow);
  const then = useVersion(workflow, version);
  const definition = useMemo(() => (then.data === undefined ? null : definitionOf(then.data)), [then.data]);
  const states = useMemo(
    () => Object.fromEntries(tasks.map((one) => [one.task, { status: one.status, text: textOf(one) }])),
    [tasks],
  );
  // A name may be given to another workflow once its own is archived.
  const isGone = [now, then].some(({ error }) => error?.status === 404) || (now.data && now.data.id !== workflowId);
  if (isGone) return <Text size="sm">The workflow was archived, so that there is no canvas of it any more.</Text>;
  const failed = now.error ?? then.error;
  if (failed !== null) {
    return (
      <Failed what="the workflow" problem={failed} retry={() => void Promise.all([now.refetch(), then.refetch()])} />
    );
  }
  if (definition === null || now.data === undefined) return <Waiting height={HEIGHT} />;
  const isTask = Object.hasOwn(definition.tasks, opened.id);
  return (
    <Picture
      definition={definition}
      states={states}
      selected={isTask ? opened.id : (itemOf(opened.id)?.task ?? null)}
      onSelect={(name) => {
        if (name !== null) opened.open(name);
        else if (opened.id !== "") opened.close();
      }}
      height={HEIGHT}
    />
  );
}
