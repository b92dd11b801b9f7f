/** The canvas of a workflow with the settings of what is selected beside it, and saving what is changed. */

import { Stack } from "@mantine/core";
import { useViewportSize } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useGet } from "../../../api/queries";
import { Canvas } from "../../../components/canvas/Canvas";
import type { TaskType } from "../../../components/canvas/model";
import { Loaded } from "../../../components/states/Loaded";
import { hasTask } from "../../../lib/canvas/names";
import { useMay } from "../../../state/me";
import { Beside } from "./Beside";
import "./canvasTab.css";
import { NotSaved } from "./NotSaved";
import { Toolbar } from "./Toolbar";
import type { Draft, Workflow } from "./useDraft";
import { useProblems } from "./useProblems";
import { useShortcuts } from "./useShortcuts";

/** What stands around the surface in a window, in pixels. */
const AROUND = 310;
const LEAST = 460;

interface CanvasTabProps {
  readonly workflow: Workflow;
  readonly draft: Draft;
}

export default function CanvasTab(props: CanvasTabProps) {
  const types = useGet("/api/v1/task-types", {});
  return (
    <Loaded query={types} what="the types of tasks" height={LEAST}>
      {({ data }) => <Editor {...props} types={data} />}
    </Loaded>
  );
}

interface EditorProps extends CanvasTabProps {
  readonly types: readonly TaskType[];
}

/** What the settings beside the surface are about: a task by its name, or the workflow. */
export type Subject = { readonly task: string } | "workflow" | null;

function Editor({ workflow, draft, types }: EditorProps) {
  const mayEdit = useMay("editor");
  const problems = useProblems(draft);
  const [isRun, setIsRun] = useState(true);
  const [subject, setSubject] = useState<Subject>(null);
  /** How often settings were opened by a key: then they are to have the focus. */
  const [keyed, setKeyed] = useState(0);
  const { height } = useViewportSize();
  const { definition } = draft;
  // A task may be gone again by undoing.
  const task = isTask(subject) && hasTask(definition, subject.task) ? subject.task : null;
  const save = () => draft.save(isRun);
  useShortcuts(draft, mayEdit ? save : undefined);
  const show = (next: Subject, isByKey = false) => {
    draft.endStep();
    setSubject(next);
    if (isByKey) setKeyed((times) => times + 1);
  };
  const showTask = (name: string | null, isByKey?: boolean) => show(name === null ? null : { task: name }, isByKey);
  return (
    <Stack gap="sm">
      <Toolbar
        workflow={workflow}
        draft={draft}
        isRun={isRun}
        onRunChange={setIsRun}
        onSave={save}
        onSettings={() => show(subject === "workflow" ? null : "workflow", true)}
      />
      <NotSaved draft={draft} isRun={isRun} problems={problems} onSelect={(name) => showTask(name, true)} />
      <div className="canvas-tab">
        <Canvas
          definition={definition}
          types={types}
          problems={problems}
          selected={task}
          onSelect={showTask}
          height={Math.max(LEAST, height - AROUND)}
          {...(mayEdit && { edit: { onChange: draft.change, onRefused: tellRefused } })}
        />
        {(task !== null || subject === "workflow") && (
          <Beside
            key={keyed}
            isFocused={keyed > 0}
            task={task}
            draft={draft}
            types={types}
            problems={problems}
            onShow={show}
            onRefused={tellRefused}
          />
        )}
      </div>
    </Stack>
  );
}

function isTask(subject: Subject): subject is { readonly task: string } {
  return subject !== null && subject !== "workflow";
}

function tellRefused(reason: string): void {
  notifications.show({ id: "refused-edit", color: "red", title: "That is not possible", message: reason });
}
