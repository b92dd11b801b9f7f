/** Whose requests these are: critical interactions want the e-mail address of the user beside the login. */

const HEADER = "user-email";
const BELOW = "/v1/";

let email: string | null = null;

/** Note the address of whoever is logged in; null for a login without one. */
export function noteUser(address: string | null): void {
  email = address;
}

/** Name the user in a request to a path that wants it. */
export function nameUser(request: Request): void {
  if (email !== null && new URL(request.url).pathname.startsWith(BELOW)) request.headers.set(HEADER, email);
}
