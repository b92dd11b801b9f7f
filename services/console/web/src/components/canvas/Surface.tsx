/** The surface of a canvas: React Flow with the definition's nodes and links, the pointer, the keys, menus and dialogs. */

import { Text } from "@mantine/core";
import {
  Background,
  BackgroundVariant,
  type FinalConnectionState,
  Panel,
  ReactFlow,
  useReactFlow,
} from "@xyflow/react";
import { type MouseEvent, useCallback, useMemo, useRef, useState } from "react";
import { type Definition, linksOf, type Position } from "../../lib/canvas/definition";
import { ofLink, type Problem, wordsOf } from "../../lib/canvas/problems";
import type { CanvasProps } from "./Canvas";
import { ConditionDialog } from "./ConditionDialog";
import { clipboardHandlers } from "./clipboard";
import { keyHandlers } from "./keys";
import { LinkEdge } from "./LinkEdge";
import { CanvasContext, type Ends, idOf, type TaskType } from "./model";
import { Palette } from "./Palette";
import { type OpenMenu, TaskMenu } from "./TaskMenu";
import { TaskNode } from "./TaskNode";
import { useDrawn } from "./useDrawn";
import { type Edits, useEdits } from "./useEdits";
import { useFitting } from "./useFitting";
import { useInView } from "./useInView";
import { ViewButtons } from "./ViewButtons";

const NODE_TYPES = { task: TaskNode };
const EDGE_TYPES = { link: LinkEdge };
const FIT = { padding: 0.12, maxZoom: 1, minZoom: 0.2 };
const HEIGHT = 560;
const HELP = {
  "node.a11yDescription.default":
    "Enter opens its settings. Space selects it; then the arrow keys move it, Delete deletes it, and its handles can be reached.",
  "node.a11yDescription.keyboardDisabled": "Enter opens its details.",
  "node.a11yDescription.ariaLiveMessage": ({ direction }: { direction: string }) => `Moved ${direction}`,
};

export function Surface(props: CanvasProps) {
  const { definition, types, problems = [], selected, onSelect, edit, height = HEIGHT } = props;
  const isEdited = edit !== undefined;
  const flow = useReactFlow();
  const surface = useRef<HTMLElement>(null);
  const edits = useEdits(definition, edit);
  const drawn = useDrawn(props, edits);
  const { selection, select } = drawn;
  const [condition, setCondition] = useState<Ends | null>(null);
  const [menu, setMenu] = useState<OpenMenu | null>(null);
  const actions = useMemo(() => (isEdited ? { openCondition: setCondition } : null), [isEdited]);

  // Where there is nothing yet, the view stays: a first task lies where it was dropped.
  const [hasTasks] = useState(drawn.nodes.length > 0);

  useInView(selected, drawn.nodes);

  const fit = useCallback(() => flow.fitView(FIT), [flow]);
  useFitting(isEdited ? null : fit);
  const focusTask = (name: string) => nodeElement(surface.current, name)?.focus({ preventScroll: true });
  const addAt = (type: TaskType, { x, y }: Position) => {
    const name = edits.add(type, flow.screenToFlowPosition({ x, y }));
    select([name]);
  };
  const remove = (names: readonly string[]) => {
    edits.remove(names);
    select([]);
    if (selected !== null && names.includes(selected)) onSelect(null);
    surface.current?.focus({ preventScroll: true });
  };
  /** Return the tasks that something done to one of them is done to: all that are selected with it. */
  const together = (name: string) => (selection.has(name) ? [...selection] : [name]);
  const openMenu = (name: string, at: Position) => {
    if (!selection.has(name)) select([name]);
    setMenu({ name, ...at });
  };
  const seen = () => {
    const { left, top, right, bottom } = surface.current?.getBoundingClientRect() ?? new DOMRect();
    return {
      from: flow.screenToFlowPosition({ x: left, y: top }),
      to: flow.screenToFlowPosition({ x: right, y: bottom }),
    };
  };
  const clipboard = clipboardHandlers({
    definition,
    selection,
    edits: isEdited ? edits : undefined,
    onCut: remove,
    seen,
    onPasted: select,
  });
  const keys = keyHandlers({
    definition,
    drawn,
    edits: isEdited ? edits : undefined,
    onOpen: (name) => onSelect(name, true),
    onMenu: openMenu,
    onRemove: (name) => remove(together(name)),
    onRemoveAll: () => remove([...selection]),
    onClose: () => {
      select([]);
      onSelect(null);
    },
  });
  return (
    <CanvasContext value={actions}>
      <div className="canvas" data-is-edited={isEdited || undefined}>
        {isEdited && <Palette types={types} onAdd={(type) => addAt(type, middleOf(surface.current))} onDrop={addAt} />}
        <section
          ref={surface}
          aria-label="Canvas"
          className="canvas-surface"
          style={{ height }}
          tabIndex={-1}
          {...clipboard}
          {...keys}
        >
          <ReactFlow
            nodes={drawn.nodes}
            edges={drawn.edges}
            nodeTypes={NODE_TYPES}
            edgeTypes={EDGE_TYPES}
            onNodesChange={drawn.onNodesChange}
            onEdgesChange={drawn.onEdgesChange}
            nodesDraggable={isEdited}
            nodesConnectable={isEdited}
            edgesFocusable={false}
            elementsSelectable
            deleteKeyCode={null}
            fitView={hasTasks}
            fitViewOptions={FIT}
            minZoom={0.1}
            maxZoom={2}
            ariaLabelConfig={HELP}
            onConnect={({ source, target }) => edits.connect({ from: source, to: target })}
            onConnectEnd={(event, state) => connectOnTask(event, state, edits)}
            onNodeClick={(event, node) => isPlain(event) && onSelect(node.id)}
            onNodeContextMenu={(event, node) => {
              if (!isEdited) return;
              event.preventDefault();
              openMenu(node.id, { x: event.clientX, y: event.clientY });
            }}
            onEdgeClick={(_, edge) => cogOf(surface.current, edge.source, edge.target)?.focus({ preventScroll: true })}
            onPaneClick={() => onSelect(null)}
            onNodeDragStart={drawn.endGesture}
            onNodeDragStop={drawn.endGesture}
          >
            <Background variant={BackgroundVariant.Dots} gap={20} />
            {drawn.nodes.length === 0 && <Empty isEdited={isEdited} />}
            <ViewButtons onFit={fit} onArrange={isEdited ? edits.arrange : undefined} />
          </ReactFlow>
        </section>
      </div>
      {menu !== null && (
        <TaskMenu
          at={menu}
          onSettings={() => onSelect(menu.name, true)}
          onDuplicate={() => select(edits.duplicate(together(menu.name)))}
          onDelete={() => remove(together(menu.name))}
          onClose={() => {
            setMenu(null);
            focusTask(menu.name);
          }}
        />
      )}
      {condition !== null && (
        <LinkCondition
          link={condition}
          definition={definition}
          problems={problems}
          edits={edits}
          onClose={() => setCondition(null)}
        />
      )}
    </CanvasContext>
  );
}

function Empty({ isEdited }: { readonly isEdited: boolean }) {
  return (
    <Panel position="top-left">
      <Text size="sm" className="dimmed">
        {isEdited ? "No tasks yet. Drag a type of task here, or press its button." : "No tasks yet."}
      </Text>
    </Panel>
  );
}

interface LinkConditionProps {
  readonly link: Ends;
  readonly definition: Definition;
  readonly problems: readonly Problem[];
  readonly edits: Edits;
  readonly onClose: () => void;
}

function LinkCondition({ link, definition, problems, edits, onClose }: LinkConditionProps) {
  const found = linksOf(definition).find((one) => idOf(one) === idOf(link));
  if (found === undefined) return null;
  return (
    <ConditionDialog
      link={link}
      statuses={found.statuses}
      problems={ofLink(problems, link.from, link.to).map(wordsOf)}
      onSave={(statuses) => edits.setCondition(link, statuses)}
      onDelete={() => edits.disconnect(link)}
      onClose={onClose}
    />
  );
}

/** Connect with the task that a connection was dropped on, beside its handle. */
function connectOnTask(event: unknown, { fromHandle, toHandle }: FinalConnectionState, edits: Edits): void {
  if (fromHandle === null || toHandle !== null || !(event instanceof Event)) return;
  const at = "changedTouches" in event ? (event as TouchEvent).changedTouches[0] : (event as globalThis.MouseEvent);
  const under = at === undefined ? null : document.elementFromPoint(at.clientX, at.clientY);
  const name = under?.closest<HTMLElement>(".react-flow__node")?.dataset.id;
  if (name === undefined || name === fromHandle.nodeId) return;
  edits.connect(
    fromHandle.type === "source" ? { from: fromHandle.nodeId, to: name } : { from: name, to: fromHandle.nodeId },
  );
}

function isPlain({ ctrlKey, metaKey, shiftKey }: MouseEvent): boolean {
  return !(ctrlKey || metaKey || shiftKey);
}

function middleOf(element: HTMLElement | null): Position {
  const { left = 0, top = 0, width = 0, height = 0 } = element?.getBoundingClientRect() ?? {};
  return { x: left + width / 2, y: top + height / 2 };
}

function nodeElement(within: HTMLElement | null, name: string): HTMLElement | null {
  return within?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(name)}"]`) ?? null;
}

function cogOf(within: HTMLElement | null, from: string, to: string): HTMLElement | null {
  const place = `[data-link-from="${CSS.escape(from)}"][data-link-to="${CSS.escape(to)}"]`;
  return within?.querySelector<HTMLElement>(place) ?? null;
}
