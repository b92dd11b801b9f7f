/**
 * The login of this browser. Its tokens lie in cookies that no script can read; a request that is answered 401 is sent
 * again after one renewal, however many are answered so at once, in however many tabs: a renewal's cookie is good once.
 */

import { BASE } from "../lib/address/paths";
import { inTurn } from "./turns";

const REFRESH = "/api/v1/auth/refresh";
const OWN_401 = new Set(["/api/v1/auth/login", REFRESH]);

/** When the login was renewed last, in milliseconds, for the other tabs of this browser. */
const RENEWED = "waymark-renewed-ms";
/** Whether somebody logged in here and did not log out, as far as this browser knows: no proof of a login. */
const LOGGED_IN = "waymark-logged-in";

let onEnded: () => void = () => undefined;
let refusal: { readonly atMs: number; readonly response: Response } | null = null;

/** Call `ended` whenever a login turns out to be over. */
export function watchSession(ended: () => void): void {
  onEnded = ended;
}

/** Note that somebody logged in, or that the login is over. */
export function noteLogin(isLoggedIn: boolean): void {
  if (isLoggedIn) localStorage.setItem(LOGGED_IN, "true");
  else localStorage.removeItem(LOGGED_IN);
}

/** Return whether it is worth asking who is logged in; where nobody is, the question is an error in the console. */
export function mayBeLoggedIn(): boolean {
  return localStorage.getItem(LOGGED_IN) !== null;
}

/** Send a request as whoever is logged in, and once more when the login could be renewed. */
export async function sessionFetch(request: Request): Promise<Response> {
  const again = request.clone();
  const sentMs = Date.now();
  const response = await fetch(request);
  if (response.status !== 401 || OWN_401.has(new URL(request.url).pathname)) return response;
  const refused = await inTurn("waymark-renewal", () => renew(sentMs));
  const latest = refused ?? (await fetch(again));
  if (latest.status === 401) {
    noteLogin(false);
    onEnded();
  }
  return latest;
}

/** Return the address of the login that leads back to an address of the console. */
export function loginHref(from: string): string {
  return from === `${BASE}/` || !from.startsWith(`${BASE}/`)
    ? `${BASE}/login`
    : `${BASE}/login?next=${encodeURIComponent(from)}`;
}

/** Renew the login, unless that was tried since `sentMs`; return the answer when it is no success. */
async function renew(sentMs: number): Promise<Response | null> {
  const isSince = (atMs: number) => atMs >= sentMs && atMs <= Date.now();
  if (isSince(Number(localStorage.getItem(RENEWED)))) return null;
  if (refusal !== null && isSince(refusal.atMs)) return refusal.response.clone();
  const response = await fetch(REFRESH, { method: "POST" });
  if (response.ok) {
    localStorage.setItem(RENEWED, String(Date.now()));
    return null;
  }
  refusal = { atMs: Date.now(), response: response.clone() };
  return response;
}
