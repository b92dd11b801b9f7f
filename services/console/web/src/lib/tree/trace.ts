/**
 * A trace as one flat array of its records, each before its descendants. It is built once; folding, finding and walking
 * work on indexes into it and make no object a record.
 */

/** A record as the tree of the API has it. */
export interface TreeNode {
  readonly kind: string;
  readonly id: string;
  readonly number: number | null;
  readonly at: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly action: string | null;
  readonly origin: string | null;
  readonly userId: string | null;
  readonly eventType: string | null;
  readonly actorId: string | null;
  readonly spanId: string | null;
  readonly depth: number;
  readonly ownStartedAt: string;
  readonly ownEndedAt: string;
  readonly selfTimeMs: number;
  /** How it ended: `ok` or `error`, null where nothing tells. */
  readonly status: string | null;
  readonly isError: boolean;
  readonly statusMessage: string | null;
  readonly exceptions: readonly { readonly type: string | null; readonly message: string | null }[];
  readonly onCriticalPath: boolean;
  readonly missingParent: string | null;
  readonly cycle: boolean;
}

/** A record at its place. `end` is the index after its last descendant; `parent` is -1 for a root. */
export interface Span {
  readonly node: TreeNode;
  readonly name: string;
  readonly parent: number;
  readonly end: number;
  readonly startMs: number;
  readonly endMs: number;
  /** A record without a duration: a point on the axis. */
  readonly isPoint: boolean;
  /** The time since the record before, in the order of time; null for the first of the trace. */
  readonly gapMs: number | null;
  /** Whether another record has the same time. */
  readonly isParallel: boolean;
  readonly isError: boolean;
}

export interface Trace {
  readonly spans: readonly Span[];
  readonly startMs: number;
  readonly endMs: number;
}

const SPAN_PREFIX = "otel.span.";

/** Build the array of a tree's nodes, which come each before its children. */
export function buildTrace(nodes: readonly TreeNode[]): Trace {
  const { parents, ends } = placesOf(nodes);
  const times = nodes.map((node) => Date.parse(node.at));
  const { gaps, isParallel } = gapsOf(times);
  let [startMs, endMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const spans = nodes.map((node, index): Span => {
    const [from, to] = [Date.parse(node.ownStartedAt), Date.parse(node.ownEndedAt)];
    startMs = Math.min(startMs, from);
    endMs = Math.max(endMs, to);
    return {
      node,
      name: nameOf(node),
      parent: parents[index] as number,
      end: ends[index] as number,
      startMs: from,
      endMs: to,
      isPoint: node.kind !== "event" || node.spanId === null,
      gapMs: gaps[index] as number | null,
      isParallel: isParallel[index] as boolean,
      isError: node.isError,
    };
  });
  return spans.length ? { spans, startMs, endMs } : { spans, startMs: 0, endMs: 0 };
}

/** Return what a record is called: a span by its name, an event by its type, an interaction by what was done to what. */
export function nameOf(node: TreeNode): string {
  if (node.kind !== "event") return `${node.action ?? ""} ${node.resourceType} ${node.resourceId}`.trim();
  const type = node.eventType ?? node.id;
  return node.spanId !== null && type.startsWith(SPAN_PREFIX) ? type.slice(SPAN_PREFIX.length) : type;
}

/** Return the index of the record with an id; -1 when there is none. */
export function indexOf(trace: Trace, id: string): number {
  return id === "" ? -1 : trace.spans.findIndex((span) => span.node.id === id);
}

/** Return the indexes of the records that fit, ascending. */
export function indexesWhere(trace: Trace, fits: (span: Span, index: number) => boolean): number[] {
  const found: number[] = [];
  trace.spans.forEach((span, index) => {
    if (fits(span, index)) found.push(index);
  });
  return found;
}

/** Return the indexes of a record's ancestors, the nearest first. */
export function ancestorsOf(trace: Trace, index: number): number[] {
  const found = [];
  for (let at = trace.spans[index]?.parent ?? -1; at >= 0; at = trace.spans[at]?.parent ?? -1) found.push(at);
  return found;
}

function placesOf(nodes: readonly TreeNode[]): { parents: Int32Array; ends: Int32Array } {
  const [parents, ends] = [new Int32Array(nodes.length), new Int32Array(nodes.length)];
  const open: number[] = [];
  nodes.forEach((node, index) => {
    while (open.length > node.depth) ends[open.pop() as number] = index;
    parents[index] = open.at(-1) ?? -1;
    open.push(index);
  });
  for (const index of open) ends[index] = nodes.length;
  return { parents, ends };
}

function gapsOf(times: readonly number[]): { gaps: (number | null)[]; isParallel: boolean[] } {
  const order = Array.from(times.keys()).sort((one, other) => (times[one] as number) - (times[other] as number));
  const gaps: (number | null)[] = new Array(times.length).fill(null);
  const isParallel: boolean[] = new Array(times.length).fill(false);
  for (let place = 1; place < order.length; place += 1) {
    const [before, index] = [order[place - 1] as number, order[place] as number];
    const gap = (times[index] as number) - (times[before] as number);
    gaps[index] = gap;
    if (gap === 0) isParallel[before] = isParallel[index] = true;
  }
  return { gaps, isParallel };
}
