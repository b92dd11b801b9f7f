/** Tasks through the clipboard: copied as JSON, pasted from it, within a workflow and from one to another. */

import type { ClipboardEvent } from "react";
import { copied, tasksIn } from "../../lib/canvas/clipboard";
import type { Definition } from "../../lib/canvas/definition";
import type { Area } from "../../lib/canvas/layout";
import { hasTask } from "../../lib/canvas/names";
import type { Edits } from "./useEdits";

interface ClipboardHandlers {
  readonly onCopy: (event: ClipboardEvent) => void;
  readonly onCut?: (event: ClipboardEvent) => void;
  readonly onPaste?: (event: ClipboardEvent) => void;
}

interface ClipboardOptions {
  readonly definition: Definition;
  readonly selection: ReadonlySet<string>;
  /** Absent on a canvas that is read-only: from there tasks can be copied alone. */
  readonly edits: Edits | undefined;
  /** Delete what was cut. */
  readonly onCut: (names: readonly string[]) => void;
  /** Return the part of the canvas that is seen. */
  readonly seen: () => Area;
  readonly onPasted: (names: readonly string[]) => void;
}

export function clipboardHandlers(options: ClipboardOptions): ClipboardHandlers {
  const { definition, selection, edits, onCut, seen, onPasted } = options;
  // What was selected may be gone, as by undoing.
  const names = [...selection].filter((name) => hasTask(definition, name));
  const onCopy = (event: ClipboardEvent) => {
    if (names.length === 0 || isTyping(event)) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", copied(definition, names));
  };
  if (edits === undefined) return { onCopy };
  return {
    onCopy,
    onCut: (event) => {
      if (names.length === 0 || isTyping(event)) return;
      onCopy(event);
      onCut(names);
    },
    onPaste: (event) => {
      const tasks = isTyping(event) ? undefined : tasksIn(event.clipboardData.getData("text/plain"));
      if (tasks === undefined) return;
      event.preventDefault();
      onPasted(edits.paste(tasks, seen()));
    },
  };
}

/** Return whether an event belongs to a field that is typed in, or to text that is selected to be copied. */
export function isTyping({ target }: { readonly target: EventTarget }): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable=true]") !== null;
}
