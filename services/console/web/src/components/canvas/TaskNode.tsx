/** A task on the canvas: its name, type, blanks and problems, in a session its status, and the handles of its links. */

import { Handle, type NodeProps, Position } from "@xyflow/react";
import { type KeyboardEvent, memo } from "react";
import { type TaskNode as Node, useCanvas } from "./model";

export const TaskNode = memo(function TaskNode({ id, data, selected }: NodeProps<Node>) {
  const { type, blanks, problems, hasErrors, state } = data;
  const isEdited = useCanvas() !== null;
  const handle = (name: string) =>
    isEdited
      ? { role: "button", "aria-label": name, tabIndex: selected ? 0 : -1, onKeyDown: pressed, title: name }
      : { "aria-hidden": true };
  return (
    <div
      className="canvas-task"
      data-has-errors={hasErrors || undefined}
      data-is-warned={problems.length > 0 || undefined}
    >
      <Handle type="target" position={Position.Left} isConnectable={isEdited} {...handle(`Connect to ${id}`)} />
      <div className="canvas-task-name" title={id}>
        {id}
      </div>
      <div className="canvas-task-type">{type}</div>
      <div className="canvas-task-notes">
        {state !== null && <span className="canvas-task-state">{state.text ?? state.status}</span>}
        {problems.length > 0 && (
          <span className="canvas-task-problems" title={problems.join("\n")}>
            {problems.length === 1 ? problems[0] : `${problems.length} problems`}
          </span>
        )}
        {state === null && problems.length === 0 && blanks.length > 0 && (
          <span title={blanks.join("\n")}>
            {blanks.length === 1 ? "Blank" : `${blanks.length} blanks`}: {blanks.join(", ")}
          </span>
        )}
      </div>
      <Handle type="source" position={Position.Right} isConnectable={isEdited} {...handle(`Connect from ${id}`)} />
    </div>
  );
});

/** A handle is a click away from being a button: press it with the keys of one. */
function pressed(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  event.stopPropagation();
  event.currentTarget.click();
}
