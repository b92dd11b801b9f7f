/** The nodes and links of a canvas, what of them is selected, and where those are that are being dragged. */

import type { EdgeChange, NodeChange } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Position } from "../../lib/canvas/definition";
import { positionsOf } from "../../lib/canvas/layout";
import type { Problem } from "../../lib/canvas/problems";
import type { CanvasProps } from "./Canvas";
import type { LinkEdge, TaskNode } from "./model";
import { edgesOf, nodesOf } from "./nodes";
import type { Edits } from "./useEdits";

type Places = ReadonlyMap<string, Position>;

export interface DrawnCanvas {
  readonly nodes: TaskNode[];
  readonly edges: LinkEdge[];
  /** The names of the selected tasks. */
  readonly selection: ReadonlySet<string>;
  readonly select: (names: Iterable<string>) => void;
  /** The selected link, by its id. */
  readonly selectedLink: string | null;
  readonly onNodesChange: (changes: readonly NodeChange<TaskNode>[]) => void;
  readonly onEdgesChange: (changes: readonly EdgeChange<LinkEdge>[]) => void;
  /** Begin another gesture: what is moved from now on is a step of its own. */
  readonly endGesture: () => void;
}

const NONE: Places = new Map();
const NO_PROBLEMS: readonly Problem[] = [];

export function useDrawn(props: CanvasProps, edits: Edits): DrawnCanvas {
  const { definition, types, problems = NO_PROBLEMS, selected, states } = props;
  const [selection, setSelection] = useState<ReadonlySet<string>>(() => new Set(selected === null ? [] : [selected]));
  const [selectedLink, setSelectedLink] = useState<string | null>(null);
  const [dragged, setDragged] = useState(NONE);
  const gesture = useRef(0);
  useEffect(() => {
    if (selected !== null) setSelection((now) => (now.has(selected) ? now : new Set([selected])));
  }, [selected]);

  const placed = useMemo(() => positionsOf(definition), [definition]);
  const positions = useMemo(() => (dragged.size ? new Map([...placed, ...dragged]) : placed), [placed, dragged]);
  const before = useRef<{ nodes: readonly TaskNode[]; edges: readonly LinkEdge[] }>({ nodes: [], edges: [] });
  const nodes = useMemo(
    () => nodesOf({ definition, types, problems, positions, selection, states }, before.current.nodes),
    [definition, types, problems, positions, selection, states],
  );
  const edges = useMemo(
    () => edgesOf({ definition, problems, positions }, selectedLink, before.current.edges),
    [definition, problems, positions, selectedLink],
  );
  before.current = { nodes, edges };

  const select = useCallback((names: Iterable<string>) => {
    setSelection(new Set(names));
    setSelectedLink(null);
  }, []);
  const onNodesChange = useCallback(
    (changes: readonly NodeChange<TaskNode>[]) => {
      const chosen = changes.filter((one) => one.type === "select");
      if (chosen.length) setSelection((now) => withChoice(now, chosen));
      const moves = changes.filter((one) => one.type === "position");
      const places = moves.flatMap(({ id, position }) => (position === undefined ? [] : [[id, position] as const]));
      if (moves.some(({ dragging }) => dragging)) setDragged((now) => new Map([...now, ...places]));
      else if (moves.length) {
        setDragged(NONE);
        if (places.length) edits.move(new Map(places), `move ${gesture.current}`);
      }
    },
    [edits],
  );
  const onEdgesChange = useCallback((changes: readonly EdgeChange<LinkEdge>[]) => {
    for (const change of changes) {
      if (change.type !== "select") continue;
      setSelectedLink((now) => (change.selected ? change.id : now === change.id ? null : now));
    }
  }, []);
  const endGesture = useCallback(() => {
    gesture.current += 1;
  }, []);
  return {
    nodes: nodes as TaskNode[],
    edges: edges as LinkEdge[],
    selection,
    select,
    selectedLink,
    onNodesChange,
    onEdgesChange,
    endGesture,
  };
}

function withChoice(
  before: ReadonlySet<string>,
  choices: readonly { readonly id: string; readonly selected: boolean }[],
): ReadonlySet<string> {
  const chosen = new Set(before);
  for (const { id, selected } of choices) {
    if (selected) chosen.add(id);
    else chosen.delete(id);
  }
  return chosen;
}
