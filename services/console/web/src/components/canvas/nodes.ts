/** The nodes and links of a definition as React Flow has them. What has not changed stays the same object, so that it is not drawn again. */

import { MarkerType, Position } from "@xyflow/react";
import { lookOf } from "../../lib/canvas/conditions";
import { type Definition, linksOf, type TaskDefinition } from "../../lib/canvas/definition";
import { isSame } from "../../lib/canvas/documents";
import { labelsOf } from "../../lib/canvas/labels";
import { type Positions, TASK_SIZE } from "../../lib/canvas/layout";
import { blankFields, typeNamed } from "../../lib/canvas/placed";
import { ofLink, ofTask, type Problem, wordsOf } from "../../lib/canvas/problems";
import { idOf, type LinkEdge, type TaskNode, type TaskState, type TaskType } from "./model";

/** The side of the square in which a handle is hit. */
export const HANDLE_SIZE = 24;

export interface Drawn {
  readonly definition: Definition;
  readonly types: readonly TaskType[];
  readonly problems: readonly Problem[];
  readonly positions: Positions;
  readonly selection: ReadonlySet<string>;
  readonly states: Readonly<Record<string, TaskState>> | undefined;
}

const HANDLES = [
  { type: "target", position: Position.Left, x: -HANDLE_SIZE / 2 },
  { type: "source", position: Position.Right, x: TASK_SIZE.width - HANDLE_SIZE / 2 },
] as const;
const NODE = {
  type: "task",
  ...TASK_SIZE,
  measured: TASK_SIZE,
  handles: HANDLES.map((handle) => ({
    ...handle,
    y: (TASK_SIZE.height - HANDLE_SIZE) / 2,
    width: HANDLE_SIZE,
    height: HANDLE_SIZE,
  })),
} as const;
const COLOURS = {
  completed: "var(--canvas-completed)",
  failed: "var(--canvas-failed)",
  skipped: "var(--canvas-skipped)",
  several: "var(--canvas-several)",
} as const;

/** Return the nodes of what is drawn; those of `before` that are as they were are among them. */
export function nodesOf(drawn: Drawn, before: readonly TaskNode[]): readonly TaskNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  return Object.keys(drawn.definition.tasks).map((name) => kept(known.get(name), nodeOf(drawn, name)));
}

interface Face {
  readonly types: readonly TaskType[];
  readonly type: string;
  readonly blanks: readonly string[];
}

const faces = new WeakMap<TaskDefinition, Face>();

/** Return what a task shows of itself; worked out once, for a drag asks at each frame and a task never changes. */
function faceOf(task: TaskDefinition, types: readonly TaskType[]): Face {
  const known = faces.get(task);
  if (known?.types === types) return known;
  const face = { types, type: typeNamed(types, task.type)?.title ?? task.type, blanks: blankFields(task, types) };
  faces.set(task, face);
  return face;
}

function nodeOf({ definition, types, problems, positions, selection, states }: Drawn, name: string): TaskNode {
  const task = definition.tasks[name] ?? { type: "" };
  const { type, blanks } = faceOf(task, types);
  const own = ofTask(problems, name);
  const state = states === undefined || !Object.hasOwn(states, name) ? null : (states[name] ?? null);
  return {
    ...NODE,
    id: name,
    handles: [...NODE.handles],
    position: positions.get(name) ?? { x: 0, y: 0 },
    selected: selection.has(name),
    ariaLabel: name,
    data: {
      task,
      type,
      blanks,
      problems: own.map((one) => (one.field === null ? wordsOf(one) : `${one.field}: ${wordsOf(one)}`)),
      hasErrors: own.some(({ isWarning }) => !isWarning),
      state,
    },
    domAttributes: { "data-testid": `task-${name}`, "data-status": state?.status } as TaskNode["domAttributes"],
  };
}

/** Return the links of what is drawn; those of `before` that are as they were are among them. */
export function edgesOf(
  { definition, problems, positions }: Pick<Drawn, "definition" | "problems" | "positions">,
  selected: string | null,
  before: readonly LinkEdge[],
): readonly LinkEdge[] {
  const known = new Map(before.map((edge) => [edge.id, edge]));
  const links = linksOf(definition).filter(({ from }) => Object.hasOwn(definition.tasks, from));
  const labels = labelsOf(links, positions);
  return links.map(({ from, to, statuses }, index) => {
    const id = idOf({ from, to });
    const look = lookOf(statuses);
    return kept<LinkEdge>(known.get(id), {
      id,
      type: "link",
      source: from,
      target: to,
      selected: id === selected,
      className: `canvas-line ${look}`,
      markerEnd: { type: MarkerType.ArrowClosed, color: COLOURS[look] },
      data: { statuses, problems: ofLink(problems, from, to).map(wordsOf), label: labels[index] ?? { x: 0, y: 0 } },
    });
  });
}

/** Return the one from before where both say the same; they are plain data. */
function kept<T extends TaskNode | LinkEdge>(before: T | undefined, now: T): T {
  return before !== undefined && isSame(before, now) ? before : now;
}
