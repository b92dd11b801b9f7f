/** How a match ended, in a word with a sign. */

import type { Outcome } from "../../../lib/critical/results";

const SIGNS: Readonly<Record<Outcome, string>> = { completed: "✓", errored: "✗", aborted: "⊘" };

export function OutcomeWord({ of }: { readonly of: Outcome }) {
  return (
    <span className="nowrap" style={of === "errored" ? { color: "var(--mantine-color-error)" } : undefined}>
      <span aria-hidden="true">{SIGNS[of]} </span>
      {of}
    </span>
  );
}
