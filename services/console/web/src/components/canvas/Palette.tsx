/** The types of tasks as buttons: dragged onto the canvas, or pressed to put one in its middle. */

import { type PointerEvent, useRef, useState } from "react";
import type { Position } from "../../lib/canvas/definition";
import type { TaskType } from "./model";

/** A pointer that has gone further than this drags. */
const DRAG_PX = 5;

interface PaletteProps {
  readonly types: readonly TaskType[];
  /** Put a task of a type in the middle. */
  readonly onAdd: (type: TaskType) => void;
  /** Put a task of a type where it was dropped, in pixels of the window. */
  readonly onDrop: (type: TaskType, at: Position) => void;
}

interface Ghost extends Position {
  readonly title: string;
}

export function Palette({ types, onAdd, onDrop }: PaletteProps) {
  const [ghost, setGhost] = useState<Ghost | null>(null);
  const wasDragged = useRef(false);
  const begin = (type: TaskType, event: PointerEvent) => {
    wasDragged.current = false;
    // A finger scrolls the list; it puts a task in the middle by a tap.
    if (event.button !== 0 || event.pointerType === "touch") return;
    follow(event, {
      onMove: (at) => setGhost({ ...at, title: type.title }),
      onEnd: () => setGhost(null),
      onDrop: (at) => {
        wasDragged.current = true;
        onDrop(type, at);
      },
    });
  };
  return (
    <section aria-label="Task types" className="canvas-palette">
      {types.map((type) => (
        <button
          key={type.type}
          type="button"
          title={type.description}
          onPointerDown={(event) => begin(type, event)}
          // A drag that ends on its own button clicks it as well; a key does so without a pointer.
          onClick={({ detail }) => (detail === 0 || !wasDragged.current) && onAdd(type)}
        >
          {type.title}
        </button>
      ))}
      {ghost !== null && (
        <div className="canvas-ghost" style={{ left: ghost.x, top: ghost.y }} aria-hidden="true">
          {ghost.title}
        </div>
      )}
    </section>
  );
}

interface Following {
  readonly onMove: (at: Position) => void;
  readonly onDrop: (at: Position) => void;
  /** However it ends, before `onDrop`. */
  readonly onEnd: () => void;
}

/** Follow a pointer that went down until it goes up; Escape gives it up. */
function follow(began: PointerEvent, { onMove, onDrop, onEnd }: Following): void {
  const listening = new AbortController();
  const { signal } = listening;
  let hasMoved = false;
  const end = () => {
    listening.abort();
    onEnd();
  };
  const listen = <K extends keyof WindowEventMap>(name: K, act: (event: WindowEventMap[K]) => void) =>
    window.addEventListener(name, act, { signal });
  listen("pointermove", ({ clientX: x, clientY: y }) => {
    hasMoved ||= Math.hypot(x - began.clientX, y - began.clientY) > DRAG_PX;
    if (hasMoved) onMove({ x, y });
  });
  listen("pointerup", ({ clientX: x, clientY: y }) => {
    end();
    if (hasMoved) onDrop({ x, y });
  });
  listen("pointercancel", end);
  listen("keydown", ({ key }) => {
    if (key === "Escape") end();
  });
}
