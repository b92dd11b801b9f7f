/** What the parts of a canvas know of each other: nodes, links, what is edited and how. */

import type { Edge, Node } from "@xyflow/react";
import { createContext, useContext } from "react";
import type { Schemas } from "../../api/client";
import type { Definition, LinkStatus, Position, TaskDefinition } from "../../lib/canvas/definition";

export type TaskType = Schemas["TaskTypeOut"];

/** How a task fares in a session. */
export interface TaskState {
  readonly status: string;
  /** What stands on the node instead of the status. */
  readonly text?: string;
}

/** What a canvas does with edits; without it a canvas is read-only. */
export interface CanvasEditing {
  /** Take the definition as it is now. Changes that name the same gesture are one step of `Undo`. */
  readonly onChange: (definition: Definition, gesture?: string) => void;
  /** Tell why an edit was refused. */
  readonly onRefused: (reason: string) => void;
}

export type TaskNodeData = {
  readonly task: TaskDefinition;
  /** The title of its type, or what the definition says where there is no such type. */
  readonly type: string;
  readonly blanks: readonly string[];
  readonly problems: readonly string[];
  readonly hasErrors: boolean;
  readonly state: TaskState | null;
};
export type TaskNode = Node<TaskNodeData, "task">;

export type LinkEdgeData = {
  readonly statuses: readonly LinkStatus[];
  readonly problems: readonly string[];
  /** Where its words and its cog lie. */
  readonly label: Position;
};
export type LinkEdge = Edge<LinkEdgeData, "link">;

/** The two ends of a link. */
export interface Ends {
  readonly from: string;
  readonly to: string;
}

/** What nodes and links ask their canvas to do; the same object as long as the canvas lives. */
export interface CanvasActions {
  readonly openCondition: (link: Ends) => void;
}

export const CanvasContext = createContext<CanvasActions | null>(null);

/** Return what a canvas can be asked to do; null on one that is read-only. */
export function useCanvas(): CanvasActions | null {
  return useContext(CanvasContext);
}

export function idOf({ from, to }: Ends): string {
  return JSON.stringify([from, to]);
}
