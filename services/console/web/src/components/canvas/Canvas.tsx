/**
 * A workflow's tasks and links as a picture, to look at or to edit. It holds what is selected and what is being dragged;
 * every edit makes another definition, which whoever shows the canvas takes.
 */

import { ReactFlowProvider } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import "./canvas.css";
import type { Definition } from "../../lib/canvas/definition";
import type { Problem } from "../../lib/canvas/problems";
import type { CanvasEditing, TaskState, TaskType } from "./model";
import { Surface } from "./Surface";

export interface CanvasProps {
  readonly definition: Definition;
  readonly types: readonly TaskType[];
  readonly problems?: readonly Problem[];
  /** The task whose settings or details are shown. */
  readonly selected: string | null;
  /** Show those of another one; `isByKey` where the focus is to go there. */
  readonly onSelect: (name: string | null, isByKey?: boolean) => void;
  /** How the tasks fare in a session. */
  readonly states?: Readonly<Record<string, TaskState>>;
  /** Absent on a canvas that is read-only. */
  readonly edit?: CanvasEditing;
  /** In pixels. */
  readonly height?: number;
}

export function Canvas(props: CanvasProps) {
  return (
    <ReactFlowProvider>
      <Surface {...props} />
    </ReactFlowProvider>
  );
}
