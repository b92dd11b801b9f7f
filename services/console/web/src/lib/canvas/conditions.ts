/** What the condition of a link is called, and how its line looks. */

import type { LinkStatus } from "./definition";

/** How a line looks: one status has a look of its own, several share one. */
export type LinkLook = LinkStatus | "several";

export function lookOf(statuses: readonly LinkStatus[]): LinkLook {
  const [only] = statuses;
  return only !== undefined && statuses.length === 1 ? only : "several";
}

/** Write a condition: `completed or failed`. */
export function wordsOf(statuses: readonly LinkStatus[]): string {
  return statuses.join(" or ") || "no condition";
}
