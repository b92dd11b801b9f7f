import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placeOf, readView, ticksOf, viewBetween, wholeView, writeView } from "./axis";
import { criticalPath, find, lastBefore, nextAfter } from "./find";
import { foldAll, hasChildren, keepOf, NO_FOLDS, readFolds, revealed, rowsOf, toggled, writeFolds } from "./fold";
import { graphOf } from "./graph";
import { placeIn, stepOf } from "./keys";
import { ancestorsOf, buildTrace, indexOf, type Trace, type TreeNode } from "./trace";

const BEGIN_MS = Date.parse("2026-01-15T10:00:00.000Z");

function nodeOf(index: number, depth: number, fields: Partial<TreeNode> = {}, startMs = 0, ownMs = 10): TreeNode {
  const at = new Date(BEGIN_MS + startMs).toISOString();
  return {
    kind: "event",
    id: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    number: null,
    at,
    resourceType: "service",
    resourceId: "checkout",
    action: null,
    origin: null,
    userId: null,
    eventType: `otel.span.step ${index}`,
    actorId: "checkout",
    spanId: `span-${index}`,
    depth,
    ownStartedAt: at,
    ownEndedAt: new Date(BEGIN_MS + startMs + ownMs).toISOString(),
    selfTimeMs: ownMs,
    status: null,
    isError: false,
    statusMessage: null,
    exceptions: [],
    onCriticalPath: false,
    missingParent: null,
    cycle: false,
    ...fields,
  };
}

/** root, its children 1 (with 2 and 3) and 4, then another root 5. */
function small(): Trace {
  return buildTrace([0, 1, 2, 2, 1, 0].map((depth, index) => nodeOf(index, depth)));
}

/** Traces of any shape: each depth is at most one more than the one before. */
const traces = fc
  .array(fc.record({ drop: fc.nat(4), startMs: fc.nat(50), ownMs: fc.nat(50), isError: fc.boolean() }), {
    maxLength: 60,
  })
  .map((steps) => {
    let depth = -1;
    return buildTrace(
      steps.map(({ drop, startMs, ownMs, isError }, index) => {
        depth = Math.max(0, depth + 1 - drop);
        return nodeOf(index, depth, { isError }, startMs, ownMs);
      }),
    );
  });
const traceAndFolds = traces.chain((trace) =>
  fc.record({
    trace: fc.constant(trace),
    folds: fc
      .subarray([...trace.spans.keys()].filter((index) => hasChildren(trace, index)))
      .map((indexes) => new Set(indexes)),
  }),
);

describe("a trace's array", () => {
  it("has each record's parent and where its descendants end", () => {
    const { spans } = small();
    expect(spans.map((span) => span.parent)).toEqual([-1, 0, 1, 1, 0, -1]);
    expect(spans.map((span) => span.end)).toEqual([5, 4, 3, 4, 5, 6]);
    expect(spans[2]?.name).toBe("step 2");
  });

  it("tells the gap to the record before and what happened at the same time", () => {
    const times = [0, 30, 30, 100];
    const { spans } = buildTrace(times.map((ms, index) => nodeOf(index, 0, { spanId: null }, ms, 0)));
    expect(spans.map((span) => span.gapMs)).toEqual([null, 30, 0, 70]);
    expect(spans.map((span) => span.isParallel)).toEqual([false, true, true, false]);
    expect(spans.every((span) => span.isPoint)).toBe(true);
  });

  it("tells gaps in the order of time, whatever the order in the tree", () => {
    const { spans } = buildTrace([nodeOf(0, 0), nodeOf(1, 1, {}, 50), nodeOf(2, 2, {}, 90), nodeOf(3, 1, {}, 60)]);
    expect(spans.map((span) => span.gapMs)).toEqual([null, 50, 30, 10]);
  });

  it("names an interaction by what was done to what", () => {
    const fields = { kind: "interaction", action: "CREATE", resourceType: "ORDER", resourceId: "o-1", eventType: null };
    expect(buildTrace([nodeOf(0, 0, fields)]).spans[0]?.name).toBe("CREATE ORDER o-1");
  });
});

describe("folding", () => {
  it("hides exactly the descendants of folded records", () => {
    fc.assert(
      fc.property(traceAndFolds, ({ trace, folds }) => {
        const isHidden = (index: number) => ancestorsOf(trace, index).some((ancestor) => folds.has(ancestor));
        expect(rowsOf(trace, folds)).toEqual([...trace.spans.keys()].filter((index) => !isHidden(index)));
      }),
    );
  });

  it("leaves the roots when all is folded, and shows a record again when what hides it is unfolded", () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const all = foldAll(trace);
        expect(rowsOf(trace, all).every((index) => trace.spans[index]?.parent === -1)).toBe(true);
        for (const index of trace.spans.keys()) expect(rowsOf(trace, revealed(trace, all, index))).toContain(index);
      }),
    );
  });

  it("is read from the address as it was written", () => {
    fc.assert(
      fc.property(traceAndFolds, ({ trace, folds }) => {
        expect(readFolds(trace, writeFolds(trace, folds))).toEqual(folds);
      }),
    );
  });

  it("is undone by doing it again", () => {
    expect(toggled(toggled(NO_FOLDS, 1), 1)).toEqual(NO_FOLDS);
  });

  it("keeps what fits and the way to it", () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const keep = keepOf(trace, (index) => trace.spans[index]?.isError ?? false);
        for (const [index, span] of trace.spans.entries()) {
          const isAbove = trace.spans.slice(index + 1, span.end).some((one) => one.isError);
          expect(keep[index] === 1).toBe(span.isError || isAbove);
        }
      }),
    );
  });
});

describe("finding", () => {
  it("looks at names, ids and JSON, in any case", () => {
    const trace = small();
    expect(find(trace, "STEP 3")).toEqual([3]);
    expect(find(trace, "span-4")).toEqual([4]);
    const id = trace.spans[5]?.node.id ?? "";
    expect(find(trace, id)).toEqual([5]);
    expect(find(trace, "Declined", new Map([[id, '{"error":"card declined"}']]))).toEqual([5]);
    expect(find(trace, " ")).toEqual([]);
  });

  it("goes on from the beginning after the last, and from the end before the first", () => {
    expect([nextAfter([1, 4], -1), nextAfter([1, 4], 1), nextAfter([1, 4], 4), nextAfter([], 2)]).toEqual([
      1, 4, 1, -1,
    ]);
    expect([lastBefore([1, 4], 4), lastBefore([1, 4], 1), lastBefore([], 1)]).toEqual([1, 4, -1]);
  });

  it("knows the critical path", () => {
    const nodes = [0, 1, 1].map((depth, index) => nodeOf(index, depth, { onCriticalPath: index !== 1 }));
    expect(criticalPath(buildTrace(nodes))).toEqual([0, 2]);
  });
});

describe("the graph", () => {
  const service = (index: number, depth: number, resourceId: string) => nodeOf(index, depth, { resourceId });

  it("counts records by service and how often one led to another", () => {
    const trace = buildTrace([service(0, 0, "a"), service(1, 1, "b"), service(2, 2, "b"), service(3, 1, "b")]);
    const { groups, edges } = graphOf(trace, 10);
    expect(groups.map(({ name, count, layer }) => [name, count, layer])).toEqual([
      ["b", 3, 1],
      ["a", 1, 0],
    ]);
    expect(edges).toEqual([
      { from: 1, to: 0, count: 2 },
      { from: 0, to: 0, count: 1 },
    ]);
  });

  it("holds every record and is no larger than asked for", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 6 }), (ids, most) => {
        const trace = buildTrace(ids.map((id, index) => service(index, Math.min(index, id), `service ${id}`)));
        const { groups, edges } = graphOf(trace, most);
        expect(groups.length).toBeLessThanOrEqual(most);
        expect(groups.reduce((total, { count }) => total + count, 0)).toBe(ids.length);
        const roots = trace.spans.filter(({ parent }) => parent < 0).length;
        expect(edges.reduce((total, { count }) => total + count, 0)).toBe(ids.length - roots);
        expect(groups.every(({ layer }) => Number.isFinite(layer))).toBe(true);
      }),
    );
  });
});

describe("the axis", () => {
  const whole = { fromMs: 1_000, toMs: 3_000 };

  it("places what lies in a view, cut at its ends", () => {
    expect(placeOf({ startMs: 1_500, endMs: 2_000 }, whole)).toEqual({ left: 0.25, width: 0.25 });
    expect(placeOf({ startMs: 0, endMs: 2_000 }, whole)).toEqual({ left: 0, width: 0.5 });
    expect(placeOf({ startMs: 2_000, endMs: 9_000 }, whole)).toEqual({ left: 0.5, width: 0.5 });
    expect(placeOf({ startMs: 3_000, endMs: 3_000 }, whole)).toEqual({ left: 1, width: 0 });
    expect(placeOf({ startMs: 3_001, endMs: 3_002 }, whole)).toBeNull();
  });

  it("is read from the address as it was written", () => {
    const ends = fc.record({ one: fc.integer({ min: 900, max: 3_100 }), other: fc.integer({ min: 900, max: 3_100 }) });
    fc.assert(
      fc.property(ends, ({ one, other }) => {
        const view = viewBetween(one, other, whole);
        expect(view.toMs).toBeGreaterThan(view.fromMs);
        expect(readView(writeView(view, whole), whole)).toEqual(view);
      }),
    );
    expect(readView("nonsense", whole)).toEqual(whole);
    expect(viewBetween(2_500, 1_500, whole)).toEqual({ fromMs: 1_500, toMs: 2_500 });
  });

  it("has a length even for a trace of one instant", () => {
    expect(wholeView(buildTrace([nodeOf(0, 0, {}, 0, 0)]))).toEqual({ fromMs: BEGIN_MS, toMs: BEGIN_MS + 1 });
  });

  it("is divided at round distances", () => {
    expect(ticksOf(whole, 1_000, 5)).toEqual([0, 500, 1_000, 1_500, 2_000]);
    expect(ticksOf({ fromMs: 1_030, toMs: 1_075 }, 1_000, 5)).toEqual([30, 40, 50, 60, 70]);
  });
});

describe("a key", () => {
  const trace = small();
  const at = (key: string, active: number, folds = NO_FOLDS) =>
    stepOf(key, active, { trace, rows: rowsOf(trace, folds), folds, pageSize: 3 });

  it("moves among the rows that are there", () => {
    expect(at("ArrowDown", 0)).toEqual({ go: 1 });
    expect(at("ArrowDown", 1, new Set([1]))).toEqual({ go: 4 });
    expect(at("ArrowUp", 0)).toEqual({ go: 0 });
    expect([at("PageDown", 0), at("PageUp", 5), at("Home", 3), at("End", 3)]).toEqual([
      { go: 3 },
      { go: 2 },
      { go: 0 },
      { go: 5 },
    ]);
  });

  it("folds and unfolds, then goes to the parent and to the first child", () => {
    expect(at("ArrowLeft", 1)).toEqual({ toggle: 1 });
    expect(at("ArrowLeft", 2)).toEqual({ go: 1 });
    expect(at("ArrowLeft", 5)).toBeUndefined();
    expect(at("ArrowRight", 1, new Set([1]))).toEqual({ toggle: 1 });
    expect(at("ArrowRight", 1)).toEqual({ go: 2 });
    expect(at("ArrowRight", 2)).toBeUndefined();
  });

  it("opens a record; others are left to the browser", () => {
    expect(at("Enter", 2)).toEqual({ open: 2 });
    expect(at("Tab", 2)).toBeUndefined();
  });

  it("finds the row of a record, or the one before it", () => {
    expect([placeIn([0, 1, 4], 4), placeIn([0, 1, 4], 3), placeIn([2], 0), placeIn([], 3)]).toEqual([2, 1, 0, 0]);
    expect(indexOf(trace, trace.spans[4]?.node.id ?? "")).toBe(4);
  });
});
