/** A service level objective as its form has it, texts that are typed, and as the API has it. */

import type { Severity } from "../alerts/rule";

export type GoodWhen = "COMPLETED" | "AVERAGE" | "GOOD" | "EXCELLENT";

export interface BurnRule {
  readonly longMinutes: number;
  readonly shortMinutes: number;
  readonly factor: number;
  readonly severity: Severity;
  readonly forSeconds: number;
}

/** What its makers choose of an objective. */
export interface Objective {
  readonly name: string;
  readonly goodWhen: GoodWhen;
  readonly target: number;
  readonly windowMinutes: number;
  readonly minEvents: number;
  /** Null: the default ones of the window. */
  readonly burnRules: readonly BurnRule[] | null;
  readonly webhookIds: readonly string[];
}

export interface BurnRuleDraft {
  readonly longMinutes: string;
  readonly shortMinutes: string;
  readonly factor: string;
  readonly severity: Severity;
  readonly forSeconds: string;
}

/** The fields by their names in the API; `target` is in percent. */
export interface SloDraft {
  readonly name: string;
  readonly goodWhen: GoodWhen;
  readonly target: string;
  readonly windowMinutes: string;
  readonly minEvents: string;
  readonly hasDefaultRules: boolean;
  readonly burnRules: readonly BurnRuleDraft[];
  readonly webhookIds: readonly string[];
}

const DEFAULTS_MINUTES = 43_200;
const DEFAULTS: readonly BurnRule[] = [
  { longMinutes: 60, shortMinutes: 5, factor: 14.4, severity: "critical", forSeconds: 0 },
  { longMinutes: 360, shortMinutes: 30, factor: 6, severity: "critical", forSeconds: 0 },
  { longMinutes: 1_440, shortMinutes: 120, factor: 3, severity: "warning", forSeconds: 0 },
  { longMinutes: 4_320, shortMinutes: 360, factor: 1, severity: "warning", forSeconds: 0 },
];

/** Return the burn rules that the API gives an objective that names none: those of 30 days, scaled to its window. */
export function defaultRules(windowMinutes: number): readonly BurnRule[] {
  const scaled = (minutes: number) =>
    Math.max(1, Math.floor((2 * minutes * windowMinutes + DEFAULTS_MINUTES) / (2 * DEFAULTS_MINUTES)));
  return DEFAULTS.map((rule) => ({
    ...rule,
    longMinutes: scaled(rule.longMinutes),
    shortMinutes: scaled(rule.shortMinutes),
  }));
}

export const NEW_SLO: SloDraft = draftOf({
  name: "",
  goodWhen: "COMPLETED",
  target: 0.999,
  windowMinutes: 40_320,
  minEvents: 10,
  burnRules: null,
  webhookIds: [],
});

/** Return the form of an objective, as the API reads it. */
export function draftOf(slo: Objective): SloDraft {
  const ofWindow = defaultRules(slo.windowMinutes);
  const rules = slo.burnRules ?? ofWindow;
  return {
    name: slo.name,
    goodWhen: slo.goodWhen,
    target: percentOf(slo.target),
    windowMinutes: String(slo.windowMinutes),
    minEvents: String(slo.minEvents),
    hasDefaultRules: isSame(rules, ofWindow),
    burnRules: rules.map(draftOfRule),
    webhookIds: slo.webhookIds,
  };
}

/** Return what a form says; it has passed `checkSlo`. */
export function objectiveOf(draft: SloDraft): Objective {
  return {
    name: draft.name.trim(),
    goodWhen: draft.goodWhen,
    target: shareOf(draft.target) ?? Number.NaN,
    windowMinutes: Number(draft.windowMinutes),
    minEvents: Number(draft.minEvents),
    burnRules: draft.hasDefaultRules ? null : draft.burnRules.map(ruleOf),
    webhookIds: draft.webhookIds,
  };
}

export function draftOfRule(rule: BurnRule): BurnRuleDraft {
  return {
    longMinutes: String(rule.longMinutes),
    shortMinutes: String(rule.shortMinutes),
    factor: String(rule.factor),
    severity: rule.severity,
    forSeconds: String(rule.forSeconds),
  };
}

function ruleOf(draft: BurnRuleDraft): BurnRule {
  return {
    longMinutes: Number(draft.longMinutes),
    shortMinutes: Number(draft.shortMinutes),
    factor: Number(draft.factor),
    severity: draft.severity,
    forSeconds: Number(draft.forSeconds),
  };
}

/** Return what is wrong with a form, by the place of the field, as the API would refuse it. */
export function checkSlo(draft: SloDraft): Readonly<Record<string, string>> {
  const errors: Record<string, string> = {};
  if (draft.name.trim() === "") errors.name = "A name";
  if (shareOf(draft.target) === undefined) errors.target = "A share over 0 and below 100";
  if (!isWhole(draft.windowMinutes, 5, 129_600)) errors.windowMinutes = "A whole number from 5 to 129,600";
  if (!isWhole(draft.minEvents, 1)) errors.minEvents = "A whole number from 1";
  if (!draft.hasDefaultRules) {
    for (const [index, rule] of draft.burnRules.entries()) {
      const at = (name: string, error: string) => {
        errors[`burnRules[${index}].${name}`] = error;
      };
      if (!isWhole(rule.longMinutes, 1)) at("longMinutes", "A whole number from 1");
      if (!isWhole(rule.shortMinutes, 1)) at("shortMinutes", "A whole number from 1");
      else if (Number(rule.shortMinutes) >= Number(rule.longMinutes)) at("shortMinutes", "Less than the long window");
      if (!(Number(rule.factor) > 0)) at("factor", "A number over 0");
      if (!isWhole(rule.forSeconds, 0, 86_400)) at("forSeconds", "A whole number from 0 to 86,400");
    }
  }
  return errors;
}

/** Write a share in percent with every digit it has: 0.99999 as `99.999`. */
export function percentOf(share: number): string {
  return shifted(String(share), 2);
}

/** Read a share typed in percent; undefined when it is none between 0 and 1. */
export function shareOf(percent: string): number | undefined {
  const text = percent.trim().replace(/\s*%$/, "");
  if (!/^\d{1,3}(\.\d+)?$/.test(text)) return undefined;
  const share = Number(shifted(text, -2));
  return share > 0 && share < 1 ? share : undefined;
}

/** Shift the point of a decimal text, digit by digit: in binary 0.99999 × 100 is another number. */
function shifted(text: string, by: number): string {
  const [mantissa = "", exponent = "0"] = text.split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const point = whole.length + Number(exponent) + by;
  const digits = `${whole}${fraction}`;
  const padded = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0");
  const at = Math.max(1, point);
  const moved = `${padded.slice(0, at)}.${padded.slice(at)}`;
  return moved.replace(/\.?0*$/, "").replace(/^0+(?=\d)/, "");
}

function isWhole(text: string, min: number, max = 1_000_000_000): boolean {
  return /^\d{1,10}$/.test(text.trim()) && Number(text) >= min && Number(text) <= max;
}

function isSame(one: readonly BurnRule[], other: readonly BurnRule[]): boolean {
  const texts = (rules: readonly BurnRule[]) =>
    JSON.stringify(
      rules.map((rule) => [rule.longMinutes, rule.shortMinutes, rule.factor, rule.severity, rule.forSeconds]),
    );
  return texts(one) === texts(other);
}
