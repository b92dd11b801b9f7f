/** Deliveries to webhooks in words. */

import type { Look } from "./look";

export type DeliveryState = "PENDING" | "DELIVERED" | "FAILED";

export const DELIVERY_STATES: Readonly<Record<DeliveryState, Look>> = {
  PENDING: { words: "Pending", sign: "◆", colour: "yellow" },
  DELIVERED: { words: "Delivered", sign: "✓", colour: "green" },
  FAILED: { words: "Failed", sign: "▲", colour: "red" },
};

interface Attempt {
  readonly status: number | null;
  readonly error: string | null;
}

/** Write how an attempt ended: the status that was answered, and why that was not enough. */
export function outcomeOf({ status, error }: Attempt): string {
  if (status === null) return error ?? "no answer";
  return error === null || error === `status ${status}` ? `answered ${status}` : `answered ${status}: ${error}`;
}

/** How soon to look again after deliveries: soon while one is under way, later while one only waits; else not at all. */
export function lookAgainMs(
  deliveries: readonly { readonly state: DeliveryState; readonly nextAttemptAt: number | null }[],
  nowMs: number,
): number | false {
  const waiting = deliveries.filter(({ state }) => state === "PENDING");
  if (waiting.length === 0) return false;
  const nextMs = Math.min(...waiting.map(({ nextAttemptAt }) => nextAttemptAt ?? nowMs));
  return Math.min(LATEST_MS, Math.max(SOONEST_MS, nextMs - nowMs));
}

const SOONEST_MS = 1_000;
const LATEST_MS = 15_000;
