/** Changes of the lists of a draft: what is added, taken out, and moved. */

import { freeKey, type StepDraft } from "./draft";

/** Return a list with one of its elements at another place; those between make room. */
export function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const one = list[from];
  const isWithin = to >= 0 && to < list.length;
  if (one === undefined || !isWithin || from === to) return list;
  return list.toSpliced(from, 1).toSpliced(to, 0, one);
}

/** Return the place to which an element is dropped: before the first one whose middle lies below the pointer. */
export function dropPlace(middles: readonly number[], from: number, y: number): number {
  return middles.filter((middle, index) => index !== from && middle < y).length;
}

/** Return the steps with a new one at their end. */
export function withStep(steps: readonly StepDraft[]): readonly StepDraft[] {
  return [...steps, { key: freeKey(steps), name: "", props: [], isBlacklisted: false }];
}

/** Return a step with another condition. */
export function withCondition(step: StepDraft): StepDraft {
  return { ...step, props: [...step.props, { key: freeKey(step.props), name: "", operator: "EQUALS", value: "" }] };
}
