/** The definition of a critical interaction as its editor has it, texts that are typed, and as the API has it. */

export const OPERATORS = ["EQUALS", "NOTEQUALS", "CONTAINS", "NOTCONTAINS", "STARTSWITH", "ENDSWITH"] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Condition {
  readonly name: string;
  readonly operator: Operator;
  readonly value: string;
}

export interface Pattern {
  readonly name: string;
  readonly props: readonly Condition[];
  readonly isBlacklisted: boolean;
}

/** What the makers of a critical interaction choose. */
export interface Definition {
  readonly name: string;
  readonly description: string | null;
  readonly uptimeLowerLimitInMs: number;
  readonly uptimeMidLimitInMs: number;
  readonly uptimeUpperLimitInMs: number;
  readonly thresholdInMs: number;
  readonly events: readonly Pattern[];
  readonly globalBlacklistedEvents: readonly Pattern[];
  readonly correlationProperty: string | null;
  readonly dimensions: readonly string[];
}

/** Something in a list of a draft; its key stays when it is moved. */
interface Keyed {
  readonly key: number;
}
export interface ConditionDraft extends Condition, Keyed {}
export interface StepDraft extends Keyed {
  readonly name: string;
  readonly props: readonly ConditionDraft[];
  readonly isBlacklisted: boolean;
}

export const LIMITS = ["uptimeLowerLimitInMs", "uptimeMidLimitInMs", "uptimeUpperLimitInMs", "thresholdInMs"] as const;
export type LimitName = (typeof LIMITS)[number];

/** The fields by their names in the API. */
export interface Draft extends Readonly<Record<LimitName, string>> {
  readonly name: string;
  readonly description: string;
  readonly events: readonly StepDraft[];
  readonly globalBlacklistedEvents: readonly StepDraft[];
  readonly correlationProperty: string;
  readonly dimensions: readonly string[];
}

export const EMPTY_DRAFT: Draft = {
  name: "",
  description: "",
  uptimeLowerLimitInMs: "1000",
  uptimeMidLimitInMs: "2000",
  uptimeUpperLimitInMs: "4000",
  thresholdInMs: "60000",
  events: [1, 2].map((key) => ({ key, name: "", props: [], isBlacklisted: false })),
  globalBlacklistedEvents: [],
  correlationProperty: "",
  dimensions: ["origin"],
};

/** Return the draft of a definition, as the API reads it. */
export function draftOf(definition: Definition): Draft {
  return {
    name: definition.name,
    description: definition.description ?? "",
    uptimeLowerLimitInMs: String(definition.uptimeLowerLimitInMs),
    uptimeMidLimitInMs: String(definition.uptimeMidLimitInMs),
    uptimeUpperLimitInMs: String(definition.uptimeUpperLimitInMs),
    thresholdInMs: String(definition.thresholdInMs),
    events: definition.events.map(stepOf),
    globalBlacklistedEvents: definition.globalBlacklistedEvents.map(stepOf),
    correlationProperty: definition.correlationProperty ?? "",
    dimensions: definition.dimensions,
  };
}

/** Return what a draft says; it has passed `checkDraft`. An empty text is none. */
export function definitionOf(draft: Draft): Definition {
  return {
    name: draft.name,
    description: draft.description || null,
    uptimeLowerLimitInMs: limitOf(draft.uptimeLowerLimitInMs) ?? 0,
    uptimeMidLimitInMs: limitOf(draft.uptimeMidLimitInMs) ?? 0,
    uptimeUpperLimitInMs: limitOf(draft.uptimeUpperLimitInMs) ?? 0,
    thresholdInMs: limitOf(draft.thresholdInMs) ?? 0,
    events: draft.events.map(patternOf),
    globalBlacklistedEvents: draft.globalBlacklistedEvents.map((step) => ({ ...patternOf(step), isBlacklisted: true })),
    correlationProperty: draft.correlationProperty || null,
    dimensions: draft.dimensions,
  };
}

/** Read a limit in milliseconds; undefined for a text that is no whole number of them. */
export function limitOf(text: string): number | undefined {
  return /^\d{1,13}$/.test(text.trim()) ? Number(text) : undefined;
}

/** Return a key that nothing in a list has. */
export function freeKey(list: readonly Keyed[]): number {
  return Math.max(0, ...list.map(({ key }) => key)) + 1;
}

function stepOf(pattern: Pattern, index: number): StepDraft {
  const { name, props, isBlacklisted } = pattern;
  return {
    key: index + 1,
    name,
    props: props.map((one, place) => ({ key: place + 1, name: one.name, operator: one.operator, value: one.value })),
    isBlacklisted,
  };
}

function patternOf({ name, props, isBlacklisted }: StepDraft): Pattern {
  return {
    name,
    props: props.map((one) => ({ name: one.name, operator: one.operator, value: one.value })),
    isBlacklisted,
  };
}
