/** Moves the elements of a list by a handle, with a mouse or a finger: where it would land is marked, the release moves. */

import { type PointerEvent, type RefObject, useState } from "react";
import { dropPlace } from "../../lib/critical/steps";

interface Dragged {
  readonly from: number;
  readonly to: number;
}

interface Dragging {
  /** Return what the handle of an element listens to. */
  readonly handle: (index: number) => {
    readonly onPointerDown: (event: PointerEvent) => void;
    readonly onPointerMove: (event: PointerEvent) => void;
    readonly onPointerUp: () => void;
    readonly onPointerCancel: () => void;
  };
  /** Return on which side of an element the dragged one would land. */
  readonly dropAt: (index: number) => "before" | "after" | undefined;
}

export function useDragging(list: RefObject<HTMLElement | null>, onMove: (from: number, to: number) => void): Dragging {
  const [dragged, setDragged] = useState<Dragged | null>(null);
  const middles = () =>
    [...(list.current?.children ?? [])].map((child) => {
      const { top, height } = child.getBoundingClientRect();
      return top + height / 2;
    });
  return {
    handle: (index) => ({
      onPointerDown: (event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragged({ from: index, to: index });
      },
      onPointerMove: (event) => {
        if (dragged?.from !== index) return;
        const to = dropPlace(middles(), index, event.clientY);
        if (to !== dragged.to) setDragged({ from: index, to });
      },
      onPointerUp: () => {
        if (dragged !== null) onMove(dragged.from, dragged.to);
        setDragged(null);
      },
      onPointerCancel: () => setDragged(null),
    }),
    dropAt: (index) => {
      if (dragged === null || dragged.to === dragged.from || index !== dragged.to) return undefined;
      return dragged.to < dragged.from ? "before" : "after";
    },
  };
}
