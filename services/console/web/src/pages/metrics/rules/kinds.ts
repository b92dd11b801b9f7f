/** The two kinds of rules; they differ by their paths and words alone. */

import type { Schemas } from "../../../api/client";

export type Rule = Schemas["RuleOut"];
export type Evaluation = Schemas["ContactEvaluationOut"] | Schemas["QualificationOut"];
export type Result = Evaluation["results"][number];

export interface Kind {
  readonly name: "contact-policies" | "qualification-rules";
  /** The text of its tab. */
  readonly title: string;
  readonly noun: string;
  // The paths of both kinds take the same, so one of them stands for both.
  readonly list: "/api/v1/contact-policies";
  readonly evaluate: "/api/v1/contact-policies/evaluate";
  /** What the conditions mean, for whoever reads the list. */
  readonly meaning: string;
  /** What it means that a condition holds, and that it does not. */
  readonly outcomes: Readonly<Record<"true" | "false", string>>;
}

function kind(name: Kind["name"], words: Omit<Kind, "name" | "list" | "evaluate">): Kind {
  const list = `/api/v1/${name}`;
  return { name, list: list as Kind["list"], evaluate: `${list}/evaluate` as Kind["evaluate"], ...words };
}

export const KINDS: readonly Kind[] = [
  kind("contact-policies", {
    title: "Contact policies",
    noun: "contact policy",
    meaning: "A customer is not to be contacted while the condition of an active policy holds.",
    outcomes: { true: "holds: blocks", false: "does not hold" },
  }),
  kind("qualification-rules", {
    title: "Qualification rules",
    noun: "qualification rule",
    meaning: "A customer qualifies when the conditions of all active rules hold.",
    outcomes: { true: "holds", false: "does not hold: disqualifies" },
  }),
];

interface Verdict {
  readonly colour: "green" | "yellow" | "red" | "gray";
  readonly words: string;
}

/** Say what an evaluation comes to. It is plainly good only when there was a rule, and each could be evaluated. */
export function verdictOf(evaluation: Evaluation, { noun }: Kind): Verdict {
  const { customerId, unknown, results } = evaluation;
  if (results.length === 0) {
    const outcome = "allowed" in evaluation ? "every customer may be contacted" : "every customer qualifies";
    return { colour: "gray", words: `No ${noun} is active: ${outcome}.` };
  }
  const isGood = "allowed" in evaluation ? evaluation.allowed : evaluation.qualified;
  const words =
    "allowed" in evaluation
      ? `Allowed: ${customerId} may be contacted`
      : `Qualified: ${customerId} meets the conditions`;
  const refused =
    "allowed" in evaluation
      ? `Blocked: ${customerId} is not to be contacted`
      : `Not qualified: ${customerId} does not meet the conditions`;
  const rest =
    unknown.length > 0 ? `, as far as is known: ${unknown.length} of ${results.length} could not be evaluated` : "";
  return {
    colour: !isGood ? "red" : unknown.length > 0 ? "yellow" : "green",
    words: `${isGood ? words : refused}${rest}.`,
  };
}
