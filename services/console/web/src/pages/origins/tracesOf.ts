import type { Edge } from "./OriginsPage";

/** Return the link to the traces that an arrow stands for: those that reach its end. */
export function tracesOf(edge: Edge): { readonly to: string; readonly search: { readonly origin: string } } {
  return { to: "/traces", search: { origin: edge.to } };
}
