/** Undo and redo: the values before and behind the present one, a step for each gesture. */

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** The gesture that made the present value, while it goes on: what it changes next belongs to the same step. */
  readonly gesture: string | null;
}

/** The steps that can be undone. */
const MOST = 200;

export function begun<T>(present: T): History<T> {
  return { past: [], present, future: [], gesture: null };
}

/** Make a value the present one. A change by the gesture that made the last one is the same step. */
export function changed<T>(history: History<T>, present: T, gesture: string | null = null): History<T> {
  if (present === history.present) return history;
  const isSameStep = gesture !== null && gesture === history.gesture && history.past.length > 0;
  const past = isSameStep ? history.past : [...history.past, history.present].slice(-MOST);
  return { past, present, future: [], gesture };
}

/** End the gesture: what comes next is a step of its own. */
export function ended<T>(history: History<T>): History<T> {
  return history.gesture === null ? history : { ...history, gesture: null };
}

export function undone<T>({ past, present, future }: History<T>): History<T> {
  if (past.length === 0) return { past, present, future, gesture: null };
  return { past: past.slice(0, -1), present: past[past.length - 1] as T, future: [present, ...future], gesture: null };
}

export function redone<T>({ past, present, future }: History<T>): History<T> {
  if (future.length === 0) return { past, present, future, gesture: null };
  return { past: [...past, present], present: future[0] as T, future: future.slice(1), gesture: null };
}
