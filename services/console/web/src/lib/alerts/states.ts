/** The states of alert rules: the words and the sign of each, and which come first. */

import type { Look } from "./look";
import { SEVERITIES, type Severity, type ShownState, type State } from "./rule";

export const STATES: Readonly<Record<ShownState, Look>> = {
  FIRING: { words: "Firing", sign: "▲", colour: "red" },
  PENDING: { words: "Pending", sign: "◆", colour: "yellow" },
  SNOOZED: { words: "Snoozed", sign: "‖", colour: "gray" },
  NO_DATA: { words: "No data", sign: "?", colour: "gray" },
  OK: { words: "OK", sign: "✓", colour: "green" },
};
/** The rule fired, and then the data ended: nobody knows whether what it fired for is over. */
const UNKNOWN: Look = { words: "No data, incident open", sign: "▲", colour: "red" };
const DISABLED: Look = { words: "Disabled", sign: "–", colour: "gray" };

const REASONS: Readonly<Record<string, string>> = {
  new: "not evaluated yet",
  stale: "the figures are too old",
  "few events": "too few results",
  disabled: "the rule was disabled",
  deleted: "the rule was deleted",
};

interface Standing {
  readonly enabled: boolean;
  readonly state: ShownState;
  readonly underlyingState: State;
  readonly incidentId: string | null;
}

export function lookOf(rule: Pick<Standing, "enabled" | "state" | "incidentId">): Look {
  if (!rule.enabled) return DISABLED;
  return isWithoutEnd(rule) ? UNKNOWN : STATES[rule.state];
}

/** Return whether somebody on call is to look at a rule: it fires, or did until its data ended. */
export function isPressing(rule: Pick<Standing, "enabled" | "state" | "incidentId">): boolean {
  return rule.enabled && (rule.state === "FIRING" || isWithoutEnd(rule));
}

/** Return whether an incident is open and the data that would end it is lacking. */
function isWithoutEnd({ state, incidentId }: Pick<Standing, "state" | "incidentId">): boolean {
  return state === "NO_DATA" && incidentId !== null;
}

/** Write why there is no data, or why an incident ended other than by data. */
export function reasonInWords(reason: string | null): string | null {
  return reason === null ? null : (REASONS[reason] ?? reason);
}

interface Listed extends Standing {
  readonly name: string;
  readonly severity: Severity;
  readonly since: number;
}

type Rank = ShownState | "UNKNOWN";
const URGENCY: readonly Rank[] = ["FIRING", "UNKNOWN", "PENDING", "SNOOZED", "NO_DATA", "OK"];

/**
 * Return the rules with those first that fire, then those whose incident is open without data, the gravest and then the
 * newest of each foremost; disabled ones last.
 */
export function byUrgency<Rule extends Listed>(rules: readonly Rule[]): readonly Rule[] {
  const keyOf = (rule: Rule): readonly number[] => {
    const urgency = rule.enabled ? URGENCY.indexOf(isWithoutEnd(rule) ? "UNKNOWN" : rule.state) : URGENCY.length;
    const isOpen = rule.enabled && (rule.underlyingState === "FIRING" || isWithoutEnd(rule));
    return [urgency, isOpen ? 0 : 1, isOpen ? SEVERITIES.indexOf(rule.severity) : 0, isOpen ? -rule.since : 0];
  };
  const compare = (one: readonly number[], other: readonly number[]) =>
    one.map((part, index) => part - (other[index] ?? 0)).find((difference) => difference !== 0);
  return [...rules].sort((one, other) => compare(keyOf(one), keyOf(other)) ?? one.name.localeCompare(other.name));
}
