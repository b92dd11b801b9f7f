/** The addresses of things, below `/console`. */

export const BASE = "/console";

const part = encodeURIComponent;

export const paths = {
  interaction: (id: string) => `/interactions/${part(id)}`,
  trace: (uowId: string) => `/traces/${part(uowId)}`,
  event: (id: string) => `/events/${part(id)}`,
  resource: (type: string, id: string) => `/resources/${part(type)}/${part(id)}`,
  criticalInteraction: (name: string) => `/critical-interactions/${part(name)}`,
  criticalInteractionEditor: (name: string) => `/critical-interactions/${part(name)}/edit`,
  newCriticalInteraction: "/critical-interactions/new",
  alerts: "/alerts",
  metric: (id: string) => `/metrics/${part(id)}`,
  workflow: (name: string) => `/workflows/${part(name)}`,
  session: (id: string) => `/sessions/${part(id)}`,
} as const;

/** Return whether an address can have a path: browsers take `.` and `..` for steps, not for ids, however written. */
export function isAddressable(path: string): boolean {
  return !path.split("/").some((one) => one === "." || one === "..");
}

/** Return where a login leads: a path of the console, or its beginning when `next` is anything else. */
export function safeNext(next: string | undefined): string {
  if (next === undefined || !next.startsWith(`${BASE}/`)) return `${BASE}/`;
  const resolved = URL.canParse(next, "http://console.invalid") ? new URL(next, "http://console.invalid") : undefined;
  const isOurs = resolved?.origin === "http://console.invalid" && resolved.pathname.startsWith(`${BASE}/`);
  const isLogin = resolved?.pathname.replace(/\/+$/, "") === `${BASE}/login`;
  return isOurs && !isLogin ? `${resolved.pathname}${resolved.search}${resolved.hash}` : `${BASE}/`;
}
