/** When something expires, as people type it. */

import { type Clock, parseInstant, toRfc3339 } from "./zone";

/** Return the time that a text names as the API takes it, null for one that is empty; undefined when it names none. */
export function readExpiry(text: string, clock: Clock): string | null | undefined {
  if (text.trim() === "") return null;
  const ms = parseInstant(text, clock.zone);
  return ms === undefined ? undefined : toRfc3339(ms);
}
