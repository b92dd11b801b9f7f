/** A workflow as it is now, and as one of its versions was. */

import type { Schemas } from "../api/client";
import { type Get, useGet } from "../api/queries";

// Their routes answer JSON or YAML, so that the API's document leaves open which shape comes.
export function useWorkflow(name: string): Get<Schemas["WorkflowOut"]> {
  const query = useGet("/api/v1/workflows/{name}", { params: { path: { name } } }, { fresh: true });
  return query as Get<Schemas["WorkflowOut"]>;
}

export function useVersion(name: string, version: number): Get<Schemas["WorkflowVersionOut"]> {
  const init = { params: { path: { name, n: version } } };
  const query = useGet("/api/v1/workflows/{name}/versions/{n}", init, { fresh: true });
  return query as Get<Schemas["WorkflowVersionOut"]>;
}
