/**
 * The login of this browser. Its tokens lie in cookies that no script can read; a request that is answered 401 is sent
 * again after one renewal, however many are answered so at once.
 */

import { BASE } from "../lib/address/paths";

const REFRESH = "/api/v1/auth/refresh";
const OWN_401 = new Set(["/api/v1/auth/login", REFRESH, "/api/v1/auth/password"]);

let renewal: Promise<boolean> | null = null;
let onEnded: () => void = () => undefined;

/** Call `ended` whenever a login turns out to be over. */
export function watchSession(ended: () => void): void {
  onEnded = ended;
}

/** Send a request as whoever is logged in, and once more when the login could be renewed. */
export async function sessionFetch(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await fetch(request);
  if (response.status !== 401 || OWN_401.has(new URL(request.url).pathname)) return response;
  if (await renew()) return fetch(again);
  onEnded();
  return response;
}

/** Return the address of the login that leads back to an address of the console. */
export function loginHref(from: string): string {
  return from === `${BASE}/` || !from.startsWith(`${BASE}/`)
    ? `${BASE}/login`
    : `${BASE}/login?next=${encodeURIComponent(from)}`;
}

function renew(): Promise<boolean> {
  renewal ??= fetch(REFRESH, { method: "POST" })
    .then((response) => response.ok)
    .finally(() => {
      renewal = null;
    });
  return renewal;
}
