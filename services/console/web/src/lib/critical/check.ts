/**
 * What is wrong with a draft, by the place of the field, as the API would refuse it. The API has the last word: it knows
 * more rules than these.
 */

import { type Draft, LIMITS, limitOf, type StepDraft } from "./draft";

export type DraftErrors = Readonly<Record<string, string>>;

const NO_NAME = "A name";

export function checkDraft(draft: Draft): DraftErrors {
  return {
    ...(draft.name.trim() === "" ? { name: NO_NAME } : {}),
    ...limitErrors(draft),
    ...patternErrors("events", draft.events),
    ...patternErrors("globalBlacklistedEvents", draft.globalBlacklistedEvents),
    ...endErrors(draft.events),
  };
}

function limitErrors(draft: Draft): DraftErrors {
  const errors: Record<string, string> = {};
  for (const name of LIMITS) {
    if (limitOf(draft[name]) === undefined) errors[name] = "A whole number of milliseconds";
  }
  const [lower, mid, upper, threshold] = LIMITS.map((name) => limitOf(draft[name]));
  if (lower !== undefined && mid !== undefined && mid < lower) errors.uptimeMidLimitInMs = "At least the lower limit";
  if (mid !== undefined && upper !== undefined && upper < mid) errors.uptimeUpperLimitInMs = "At least the mid limit";
  if (threshold === 0) errors.thresholdInMs = "At least 1 ms";
  return errors;
}

function patternErrors(list: "events" | "globalBlacklistedEvents", steps: readonly StepDraft[]): DraftErrors {
  const errors: Record<string, string> = {};
  for (const [index, step] of steps.entries()) {
    if (step.name === "") errors[`${list}[${index}].name`] = "The name of an event";
    for (const [place, condition] of step.props.entries()) {
      if (condition.name === "") errors[`${list}[${index}].props[${place}].name`] = "The name of a property";
    }
  }
  return errors;
}

function endErrors(steps: readonly StepDraft[]): DraftErrors {
  if (steps.length === 0) return { events: "At least one step" };
  const ends = [0, steps.length - 1].filter((index) => steps[index]?.isBlacklisted);
  return Object.fromEntries(
    ends.map((index) => [`events[${index}].isBlacklisted`, "The first and the last step cannot be forbidden"]),
  );
}
