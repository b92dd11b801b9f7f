/** The keys of a canvas, wherever in it the focus is. */

import type { KeyboardEvent } from "react";
import type { Definition, Position } from "../../lib/canvas/definition";
import { isTyping } from "./clipboard";
import type { Ends } from "./model";
import type { DrawnCanvas } from "./useDrawn";
import type { Edits } from "./useEdits";

interface KeyOptions {
  readonly definition: Definition;
  readonly drawn: DrawnCanvas;
  /** Absent on a canvas that is read-only. */
  readonly edits: Edits | undefined;
  readonly onOpen: (name: string) => void;
  readonly onMenu: (name: string, at: Position) => void;
  /** Delete a task with those that are selected with it. */
  readonly onRemove: (name: string) => void;
  readonly onRemoveAll: () => void;
  readonly onClose: () => void;
}

interface KeyHandlers {
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
  readonly onKeyUp: () => void;
}

export function keyHandlers(options: KeyOptions): KeyHandlers {
  const { definition, drawn, edits } = options;
  return {
    onKeyUp: drawn.endGesture,
    onKeyDown: (event) => {
      if (isTyping(event) || event.defaultPrevented) return;
      const task = taskAt(event);
      const act = actionOf(event, task, options);
      if (act === undefined) return;
      event.preventDefault();
      act();
    },
  };
  function actionOf(event: KeyboardEvent, task: Focused | null, all: KeyOptions): (() => void) | undefined {
    const isSystem = event.ctrlKey || event.metaKey;
    if (isSystem) return event.key === "a" ? () => drawn.select(Object.keys(definition.tasks)) : undefined;
    switch (event.key) {
      case "Enter":
        return task?.isItself ? () => all.onOpen(task.name) : undefined;
      case "Escape":
        return all.onClose;
      case "ContextMenu":
        return menuOf(task, all);
      case "F10":
        return event.shiftKey ? menuOf(task, all) : undefined;
      case "Delete":
      case "Backspace":
        return edits && removalOf(event, task, edits, all);
    }
    return undefined;
  }
}

/** A task that has the focus, or whose handle has it. */
interface Focused {
  readonly name: string;
  readonly element: HTMLElement;
  readonly isItself: boolean;
}

function taskAt({ target }: KeyboardEvent): Focused | null {
  const element = target instanceof Element ? target.closest<HTMLElement>(".react-flow__node") : null;
  const name = element?.dataset.id;
  return element === null || name === undefined ? null : { name, element, isItself: element === target };
}

function menuOf(task: Focused | null, { edits, onMenu }: KeyOptions): (() => void) | undefined {
  if (task === null || edits === undefined) return undefined;
  const { left, top, width, height } = task.element.getBoundingClientRect();
  // Not within the key's own event, which would close it again.
  return () => requestAnimationFrame(() => onMenu(task.name, { x: left + width / 2, y: top + height / 2 }));
}

function removalOf(
  { target }: KeyboardEvent,
  task: Focused | null,
  edits: Edits,
  { drawn, onRemove, onRemoveAll }: KeyOptions,
): (() => void) | undefined {
  const link = linkAt(target) ?? (drawn.selectedLink === null ? null : endsOf(drawn.selectedLink));
  if (task !== null) return () => onRemove(task.name);
  if (link !== null) return () => edits.disconnect(link);
  return drawn.selection.size ? onRemoveAll : undefined;
}

/** Return the link whose cog has the focus. */
function linkAt(target: EventTarget): Ends | null {
  const { linkFrom: from, linkTo: to } = target instanceof HTMLElement ? target.dataset : {};
  return from === undefined || to === undefined ? null : { from, to };
}

function endsOf(id: string): Ends {
  const [from, to] = JSON.parse(id) as [string, string];
  return { from, to };
}
