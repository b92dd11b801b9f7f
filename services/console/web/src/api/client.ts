/** The HTTP API, typed by its own document. Whatever is no success is thrown as a `Problem`. */

import createClient from "openapi-fetch";
import { askForWritten, noteHeaders } from "./freshness";
import { asProblem, problemOf } from "./problem";
import type { components, paths } from "./schema";
import { sessionFetch } from "./session";
import { nameUser } from "./user";

/** The shapes that the API answers, by their names in its document. */
export type Schemas = components["schemas"];

export const api = createClient<paths>({ baseUrl: location.origin, fetch: apiFetch });

async function apiFetch(request: Request): Promise<Response> {
  askForWritten(request);
  nameUser(request);
  let response: Response;
  try {
    response = await sessionFetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw asProblem(error);
  }
  noteHeaders(request, response);
  if (!response.ok) throw await problemOf(response);
  return response;
}
