/** Errors about a JSON text that was sent as a body, told at its lines. */

import { type JsonText, scanJson } from "../lib/json/scan";
import type { Problem } from "./problem";

export { faultOf } from "../lib/json/fault";

/** Return the value of a text that is known to be JSON. */
export function readText(text: string): unknown {
  return (scanJson(text) as JsonText).value;
}

/** Return a problem whose places in the body are told as lines of the text, at the field that holds it. */
export function atLines(problem: Problem, text: string, field: string): Problem {
  const found = scanJson(text);
  if (!("value" in found)) return problem;
  const isInBody = ({ loc }: { readonly loc: readonly unknown[] }) => loc[0] === "body";
  const told = problem.violations
    .filter(isInBody)
    .map((one) => ({ ...one, line: found.lineOf(one.loc.slice(1)) }))
    .sort((one, other) => one.line - other.line)
    .map(
      ({ line, field: place, message }) => `Line ${line}${place && place !== "body" ? `, ${place}` : ""}: ${message}`,
    );
  if (told.length === 0) return problem;
  const message = told.join("\n");
  const others = problem.violations.filter((one) => !isInBody(one));
  return problem.withViolations([...others, { loc: ["body"], field, message, type: "json" }]);
}
