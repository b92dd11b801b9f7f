/** The two kinds of rules; they differ by their paths and words alone. */

import type { Schemas } from "../../../api/client";

export type Rule = Schemas["RuleOut"];

export interface Kind {
  readonly name: "contact-policies" | "qualification-rules";
  /** The text of its tab. */
  readonly title: string;
  readonly noun: string;
  // The paths of both kinds take the same, so one of them stands for both.
  readonly list: "/api/v1/contact-policies";
  readonly evaluate: "/api/v1/contact-policies/evaluate";
  /** What a condition that holds means, for whoever reads the list. */
  readonly meaning: string;
}

function kind(name: Kind["name"], title: string, noun: string, meaning: string): Kind {
  const list = `/api/v1/${name}`;
  return { name, title, noun, list: list as Kind["list"], evaluate: `${list}/evaluate` as Kind["evaluate"], meaning };
}

export const KINDS: readonly Kind[] = [
  kind(
    "contact-policies",
    "Contact policies",
    "contact policy",
    "A customer is not to be contacted while the condition of an active policy holds.",
  ),
  kind(
    "qualification-rules",
    "Qualification rules",
    "qualification rule",
    "A customer qualifies when the conditions of all active rules hold.",
  ),
];
