/** The states of alert rules: the words and the sign of each, and which come first. */

import type { Look } from "./look";
import type { Severity, ShownState, State } from "./rule";

export const STATES: Readonly<Record<ShownState, Look>> = {
  FIRING: { words: "Firing", sign: "▲", colour: "red" },
  PENDING: { words: "Pending", sign: "◆", colour: "yellow" },
  SNOOZED: { words: "Snoozed", sign: "‖", colour: "gray" },
  NO_DATA: { words: "No data", sign: "?", colour: "gray" },
  OK: { words: "OK", sign: "✓", colour: "green" },
};
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
}

export function lookOf({ enabled, state }: Pick<Standing, "enabled" | "state">): Look {
  return enabled ? STATES[state] : DISABLED;
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

const URGENCY: readonly ShownState[] = ["FIRING", "PENDING", "SNOOZED", "NO_DATA", "OK"];
const SEVERITIES: readonly Severity[] = ["critical", "warning", "info"];

/** Return the rules with those first that fire, the gravest and then the newest of them foremost; disabled ones last. */
export function byUrgency<Rule extends Listed>(rules: readonly Rule[]): readonly Rule[] {
  const keyOf = (rule: Rule): readonly number[] => {
    const urgency = rule.enabled ? URGENCY.indexOf(rule.state) : URGENCY.length;
    const isFiring = rule.enabled && rule.underlyingState === "FIRING";
    return [urgency, isFiring ? 0 : 1, isFiring ? SEVERITIES.indexOf(rule.severity) : 0, isFiring ? -rule.since : 0];
  };
  const compare = (one: readonly number[], other: readonly number[]) =>
    one.map((part, index) => part - (other[index] ?? 0)).find((difference) => difference !== 0);
  return [...rules].sort((one, other) => compare(keyOf(one), keyOf(other)) ?? one.name.localeCompare(other.name));
}
