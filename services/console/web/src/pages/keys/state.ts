/** Whether a key may be used. */

export type KeyState = "active" | "expired" | "revoked";

interface Ends {
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

export function stateOf({ expiresAt, revokedAt }: Ends, nowMs: number): KeyState {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && Date.parse(expiresAt) <= nowMs ? "expired" : "active";
}
