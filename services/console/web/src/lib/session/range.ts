/** The time range of links from a session: all of it, with some time around. */

import { between, formatRange } from "../time/range";
import type { Session } from "./model";

const AROUND_MS = 150_000;

export function rangeOf(
  { startedAt, endedAt }: Pick<Session, "startedAt" | "endedAt">,
  nowMs: number,
): ReturnType<typeof formatRange> {
  const endMs = endedAt === null ? nowMs : Date.parse(endedAt);
  return formatRange(between(Date.parse(startedAt) - AROUND_MS, endMs + AROUND_MS));
}
