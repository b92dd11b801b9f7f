/**
 * The login of this browser. Its tokens lie in cookies that no script can read; a request that is answered 401 is sent
 * again after one renewal, however many are answered so at once, in however many tabs: a renewal's cookie is good once.
 */

import { BASE } from "../lib/address/paths";

const REFRESH = "/api/v1/auth/refresh";
const OWN_401 = new Set(["/api/v1/auth/login", REFRESH, "/api/v1/auth/password"]);

/** When the login was renewed last, in milliseconds, for the other tabs of this browser. */
const RENEWED = "waymark-renewed-ms";

let renewal: Promise<boolean> | null = null;
let onEnded: () => void = () => undefined;

/** Call `ended` whenever a login turns out to be over. */
export function watchSession(ended: () => void): void {
  onEnded = ended;
}

/** Send a request as whoever is logged in, and once more when the login could be renewed. */
export async function sessionFetch(request: Request): Promise<Response> {
  const again = request.clone();
  const sentMs = Date.now();
  const response = await fetch(request);
  if (response.status !== 401 || OWN_401.has(new URL(request.url).pathname)) return response;
  if (await renew(sentMs)) return fetch(again);
  onEnded();
  return response;
}

/** Return the address of the login that leads back to an address of the console. */
export function loginHref(from: string): string {
  return from === `${BASE}/` || !from.startsWith(`${BASE}/`)
    ? `${BASE}/login`
    : `${BASE}/login?next=${encodeURIComponent(from)}`;
}

function renew(sentMs: number): Promise<boolean> {
  renewal ??= inTurn(() => renewOnce(sentMs)).finally(() => {
    renewal = null;
  });
  return renewal;
}

/** Renew the login, unless a tab has done so since `sentMs`. */
async function renewOnce(sentMs: number): Promise<boolean> {
  if (Number(localStorage.getItem(RENEWED)) > sentMs) return true;
  const { ok } = await fetch(REFRESH, { method: "POST" });
  if (ok) localStorage.setItem(RENEWED, String(Date.now()));
  return ok;
}

/** Run `work` while no other tab does. A browser has locks only where the address is `https` or of this machine. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  return "locks" in navigator ? navigator.locks.request(RENEWED, work) : work();
}
