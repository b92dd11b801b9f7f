/** What is different between two JSON values: each place with a sign and a word for what became of it. */

import { useMemo } from "react";
import { type Difference, differences, pathText } from "../lib/json/diff";

interface JsonDifferenceProps {
  readonly before: unknown;
  readonly after: unknown;
}

const SIGNS: Readonly<Record<Difference["kind"], string>> = { added: "+", removed: "−", changed: "≠" };
/** So many places are seen at once; more are folded away. */
const FEW = 6;
const LONGEST = 120;

export function JsonDifference({ before, after }: JsonDifferenceProps) {
  const all = useMemo(() => differences(before, after), [before, after]);
  if (all.length === 0) return <span className="dimmed">no difference</span>;
  if (all.length <= FEW) return <Places of={all} />;
  return (
    <details>
      <summary>{countsOf(all)}</summary>
      <Places of={all} />
    </details>
  );
}

function Places({ of: all }: { readonly of: readonly Difference[] }) {
  return (
    <ul className="differences">
      {all.map((one) => (
        <li key={pathText(one.path)} data-kind={one.kind}>
          <span aria-hidden="true">{SIGNS[one.kind]} </span>
          {one.kind} <code>{pathText(one.path) || "the whole"}</code> <Values of={one} />
        </li>
      ))}
    </ul>
  );
}

function Values({ of: one }: { readonly of: Difference }) {
  if (one.kind === "added") return <code>{inShort(one.after)}</code>;
  if (one.kind === "removed") return <code>{inShort(one.before)}</code>;
  return (
    <>
      <code>{inShort(one.before)}</code> → <code>{inShort(one.after)}</code>
    </>
  );
}

/** Write how many places were added, removed, changed: `2 added, 1 changed`. */
function countsOf(all: readonly Difference[]): string {
  const kinds = Object.keys(SIGNS) as Difference["kind"][];
  return kinds
    .map((kind) => [all.filter((one) => one.kind === kind).length, kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} ${kind}`)
    .join(", ");
}

function inShort(value: unknown): string {
  const text = JSON.stringify(value) ?? "null";
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
