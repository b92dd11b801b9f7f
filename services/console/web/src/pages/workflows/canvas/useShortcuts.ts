/** The keys of a workflow's canvas: saving it from wherever the focus is, undoing and redoing where nothing is typed. */

import { useEffect, useEffectEvent } from "react";
import type { Draft } from "./useDraft";

const TYPED_IN = "input, textarea, select, [contenteditable=true]";

export function useShortcuts(draft: Draft, save: (() => void) | undefined): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const act = actionOf(event, draft, save);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}

function actionOf(event: KeyboardEvent, draft: Draft, save: (() => void) | undefined): (() => void) | undefined {
  const key = event.key.toLowerCase();
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest('[role="dialog"]')) return undefined;
  if (key === "s" && !event.shiftKey) return save;
  if (target?.closest(TYPED_IN)) return undefined;
  if (key === "z") return event.shiftKey ? draft.redo : draft.undo;
  return key === "y" ? draft.redo : undefined;
}
