/** What is wrong with a text that should be JSON. */

import { scanJson } from "./scan";

/** Return what is wrong with a text in words; undefined when it is JSON. */
export function faultOf(text: string): string | undefined {
  const found = scanJson(text);
  if ("value" in found) return undefined;
  return `Line ${found.line}, column ${found.column}: ${found.expected} is expected`;
}
