/** The settings beside the surface: those of the selected task, or of the workflow itself. */

import { lazy, type RefObject, Suspense, useEffect, useEffectEvent, useRef } from "react";
import { useGet } from "../../../api/queries";
import type { TaskType } from "../../../components/canvas/model";
import { Waiting } from "../../../components/states/Loaded";
import type { Definition } from "../../../lib/canvas/definition";
import { connect, disconnect, isRefused, type Refusal, renameTask, setTask } from "../../../lib/canvas/edits";
import { typeNamed } from "../../../lib/canvas/placed";
import type { Problem } from "../../../lib/canvas/problems";
import { useMay } from "../../../state/me";
import type { Subject } from "./CanvasTab";
import { SETTINGS_BUTTON } from "./Toolbar";
import type { Draft } from "./useDraft";
import { WorkflowSettings } from "./WorkflowSettings";

const TaskSettings = lazy(async () => ({
  default: (await import("../../../components/canvas/settings/TaskSettings")).TaskSettings,
}));

const MOST_INTEGRATIONS = 100;
const FIRST = "input:not([type=hidden]), textarea, select, button";

interface BesideProps {
  /** The task; null for the workflow. */
  readonly task: string | null;
  /** Whether a key asked for it, so that it takes the focus. */
  readonly isFocused: boolean;
  readonly draft: Draft;
  readonly types: readonly TaskType[];
  readonly problems: readonly Problem[];
  readonly onShow: (subject: Subject) => void;
  readonly onRefused: (reason: string) => void;
}

export function Beside({ task, isFocused, draft, types, problems, onShow, onRefused }: BesideProps) {
  const { definition, change } = draft;
  const isReadOnly = !useMay("editor");
  const list = useGet("/api/v1/integrations", { params: { query: { limit: MOST_INTEGRATIONS } } });
  const frame = useRef<HTMLDivElement>(null);
  useBlur(frame, draft.endStep);
  const close = () => {
    onShow(null);
    if (task === null) document.getElementById(SETTINGS_BUTTON)?.focus();
    else focusTask(task);
  };
  const attempt = (result: Definition | Refusal) => {
    if (isRefused(result)) onRefused(result.reason);
    else change(result);
  };
  const rename = (from: string, to: string) => {
    const result = renameTask(definition, from, to);
    if (isRefused(result)) return result.reason;
    change(result);
    onShow({ task: to });
    return undefined;
  };
  return (
    <div ref={frame} className="canvas-beside">
      <Suspense fallback={<Waiting height={400} />}>
        {isFocused && <TakeFocus frame={frame} />}
        {task === null ? (
          <WorkflowSettings
            definition={definition}
            problems={problems}
            isReadOnly={isReadOnly}
            onChange={change}
            onClose={close}
          />
        ) : (
          <TaskSettings
            definition={definition}
            name={task}
            type={typeNamed(types, definition.tasks[task]?.type ?? "")}
            types={types}
            integrations={list.data?.data ?? []}
            problems={problems}
            isReadOnly={isReadOnly}
            onChange={(next, typing) => change(setTask(definition, task, next), typing && `typing ${typing.field}`)}
            onRename={(to) => rename(task, to)}
            onConnect={(from) => attempt(connect(definition, from, task))}
            onDisconnect={(from) => attempt(disconnect(definition, from, task))}
            onClose={close}
          />
        )}
      </Suspense>
    </div>
  );
}

/** Act whenever a field within is left. */
function useBlur(frame: RefObject<HTMLDivElement | null>, act: () => void): void {
  const onBlur = useEffectEvent(act);
  useEffect(() => {
    const element = frame.current;
    const listen = () => onBlur();
    element?.addEventListener("focusout", listen);
    return () => element?.removeEventListener("focusout", listen);
  }, [frame]);
}

/** Give the focus to the first field, once all is loaded. */
function TakeFocus({ frame }: { readonly frame: RefObject<HTMLDivElement | null> }) {
  useEffect(() => {
    const fields = [...(frame.current?.querySelectorAll<HTMLElement>(FIRST) ?? [])];
    (fields.find(({ tagName }) => tagName !== "BUTTON") ?? fields[0])?.focus();
  }, [frame]);
  return null;
}

function focusTask(name: string): void {
  document.querySelector<HTMLElement>(`[data-testid="${CSS.escape(`task-${name}`)}"]`)?.focus({ preventScroll: true });
}
