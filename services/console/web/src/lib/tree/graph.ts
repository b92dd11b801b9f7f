/** A trace as a graph of who led to whom: its records by service, those of no service by resource type. */

import type { Trace, TreeNode } from "./trace";

export interface Group {
  readonly name: string;
  readonly count: number;
  readonly errors: number;
  readonly selfMs: number;
  /** How many steps from where the trace began. */
  readonly layer: number;
  /** Its place among those of its layer. */
  readonly place: number;
}

/** How often a record of one group led to one of another, or of the same. Groups are named by their index. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface Graph {
  readonly groups: readonly Group[];
  readonly edges: readonly Edge[];
}

export const OTHERS = "others";

/** Return the graph of a trace; of more than `most` groups, those with the fewest records are one, the last. */
export function graphOf(trace: Trace, most: number): Graph {
  const { names, of } = groupsOf(trace, most);
  const layers = new Array<number>(names.length).fill(Number.POSITIVE_INFINITY);
  const edges = edgesOf(trace, of, names.length);
  trace.spans.forEach(({ parent }, index) => {
    if (parent < 0) layers[of[index] as number] = 0;
  });
  layOut(layers, edges);
  const inLayer = new Map<number, number>();
  const groups = names.map((name, group) => {
    const layer = layers[group] as number;
    const place = inLayer.get(layer) ?? 0;
    inLayer.set(layer, place + 1);
    return { name, count: 0, errors: 0, selfMs: 0, layer, place };
  });
  trace.spans.forEach((span, index) => {
    const group = groups[of[index] as number];
    if (group === undefined) return;
    group.count += 1;
    group.errors += span.isError ? 1 : 0;
    group.selfMs += span.node.selfTimeMs;
  });
  return { groups, edges };
}

/** Return the name of a record's group: a span's service, else the type of the resource. */
function groupNameOf({ spanId, kind, resourceId, resourceType }: TreeNode): string {
  return kind === "event" && spanId !== null ? resourceId : resourceType;
}

function groupsOf(trace: Trace, most: number): { names: string[]; of: Int32Array } {
  const counts = new Map<string, number>();
  for (const { node } of trace.spans) counts.set(groupNameOf(node), (counts.get(groupNameOf(node)) ?? 0) + 1);
  const byCount = [...counts].sort(([, one], [, other]) => other - one).map(([name]) => name);
  const names = byCount.length <= most ? byCount : [...byCount.slice(0, most - 1), OTHERS];
  const indexes = new Map(names.map((name, index) => [name, index]));
  const last = names.length - 1;
  return { names, of: Int32Array.from(trace.spans, ({ node }) => indexes.get(groupNameOf(node)) ?? last) };
}

function edgesOf(trace: Trace, of: Int32Array, groups: number): Edge[] {
  const counts = new Map<number, number>();
  trace.spans.forEach(({ parent }, index) => {
    if (parent < 0) return;
    const edge = (of[parent] as number) * groups + (of[index] as number);
    counts.set(edge, (counts.get(edge) ?? 0) + 1);
  });
  return Array.from(counts, ([edge, count]) => ({ from: Math.floor(edge / groups), to: edge % groups, count }));
}

/** Give each group the fewest steps that lead to it from those of layer 0. */
function layOut(layers: number[], edges: readonly Edge[]): void {
  for (let layer = 0; layers.includes(layer); layer += 1) {
    for (const { from, to } of edges) {
      if (layers[from] === layer) layers[to] = Math.min(layers[to] as number, layer + 1);
    }
  }
}
