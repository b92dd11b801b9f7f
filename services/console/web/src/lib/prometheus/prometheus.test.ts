import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { figuresOf, stateOf } from "./figures";
import { parseSamples } from "./samples";

const EXPOSITION = `
# HELP waymark_projection_lag_records Records to read.
# TYPE waymark_projection_lag_records gauge
waymark_projection_lag_records{process="a",partition="0",projection="queries.events",topic="t"} 3.0
waymark_projection_lag_records{process="a",partition="1",projection="queries.events",topic="t"} 4.0
waymark_projection_lag_seconds{process="a",projection="queries.events"} 1.5
waymark_projection_lag_seconds{process="a",projection="accounts.uses"} 0
waymark_projection_parked_records{process="a",projection="queries.events"} 2
waymark_projection_records_parked_total{process="a",projection="queries.events"} 5
waymark_projection_alive_timestamp_seconds{process="a",projection="queries.events"} 1.795924608e+09
waymark_outbox_backlog_rows{process="a",service="catalog"} 7
waymark_outbox_backlog_rows{process="b",service="catalog"} 7
waymark_outbox_oldest_seconds{process="a",service="catalog"} 12.5
waymark_gateway_records_appended_total{process="a",topic="t"} 10
waymark_gateway_records_appended_total{process="b",topic="t"} 1
waymark_gateway_append_duration_seconds_sum{process="a"} 0.5
waymark_gateway_append_duration_seconds_count{process="a"} 20
waymark_queries_streams_open{process="a"} 1
waymark_queries_streams_open{process="b"} 2
waymark_build_info{process="b",version="0.1.0"} 1
waymark_build_info{process="a",version="0.1.0"} 1
`;

describe("the samples of an exposition", () => {
  it("have name, labels and value, whatever the text in the labels", () => {
    const written = fc.array(
      fc.record({
        label: fc.string(),
        // Text tells no negative zero.
        value: fc.oneof(
          fc.double().map((value) => value + 0),
          fc.constantFrom(Number.POSITIVE_INFINITY, Number.NaN),
        ),
      }),
    );
    fc.assert(
      fc.property(written, (all) => {
        const lines = all.map(
          ({ label, value }) => `m_total{a="${escaped(label)}",b="}"} ${inWords(value)} 1700000000000`,
        );
        expect(parseSamples(`# TYPE m counter\n${lines.join("\n")}\n`)).toEqual(
          all.map(({ label, value }) => ({ name: "m_total", labels: { a: label, b: "}" }, value })),
        );
      }),
    );
  });

  it("leave out what is none", () => {
    expect(parseSamples("up\nup x\n# up 1\nup{a=1} 2\nup 3")).toEqual([{ name: "up", labels: {}, value: 3 }]);
  });
});

describe("the figures of the processes", () => {
  const figures = figuresOf(EXPOSITION);

  it("add a projection's partitions up, and name all projections in order", () => {
    expect(figures.projections.map((one) => one.projection)).toEqual(["accounts.uses", "queries.events"]);
    expect(figures.projections[1]).toEqual({
      projection: "queries.events",
      lagRecords: 7,
      lagSeconds: 1.5,
      parked: 2,
      parkedEver: 5,
      aliveMs: 1_795_924_608_000,
    });
    expect(figures.projections[0]?.aliveMs).toBeNull();
  });

  it("count once what several processes tell of one outbox", () => {
    expect(figures.outboxes).toEqual([{ service: "catalog", rows: 7, oldestSeconds: 12.5 }]);
  });

  it("tell how a projection is, the gravest first", () => {
    const fine = { projection: "p", lagRecords: 0, lagSeconds: 0, parked: 0, parkedEver: 3, aliveMs: 1_000 };
    expect(stateOf(fine, 2_000)).toBe("up to date");
    expect(stateOf({ ...fine, lagSeconds: 11 }, 2_000)).toBe("behind");
    expect(stateOf({ ...fine, lagSeconds: 11, parked: 1 }, 2_000)).toBe("parked records");
    expect(stateOf({ ...fine, parked: 1 }, 62_000)).toBe("silent");
    expect(stateOf({ ...fine, aliveMs: null }, 2_000)).toBe("silent");
  });

  it("add up what each process did", () => {
    expect(figures.topics).toEqual([{ topic: "t", appended: 11 }]);
    expect(figures.streamsOpen).toBe(3);
    expect(figures.appendMs).toBe(25);
    expect(figures.processes).toEqual(["a", "b"]);
    expect(figuresOf("").appendMs).toBeNull();
  });
});

function escaped(label: string): string {
  return label.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function inWords(value: number): string {
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
}
