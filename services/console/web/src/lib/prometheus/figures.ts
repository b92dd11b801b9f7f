/** How Waymark's processes are, read from their metrics. */

import { parseSamples, type Sample } from "./samples";

export interface ProjectionFigures {
  readonly projection: string;
  readonly lagRecords: number;
  readonly lagSeconds: number;
  /** Records set aside at this moment, and since the process began. */
  readonly parked: number;
  readonly parkedEver: number;
  /** When it last asked the log for records; null when it did not yet. */
  readonly aliveMs: number | null;
}

export type ProjectionState = "up to date" | "behind" | "parked records" | "silent";

/** A projection that did not ask for so long has stopped; one that is so late is noticed by whoever reads. */
const SILENT_MS = 60_000;
const BEHIND_S = 10;

/** Return how a projection is, the gravest first. */
export function stateOf(projection: ProjectionFigures, nowMs: number): ProjectionState {
  if (projection.aliveMs === null || nowMs - projection.aliveMs > SILENT_MS) return "silent";
  if (projection.parked > 0) return "parked records";
  return projection.lagSeconds > BEHIND_S ? "behind" : "up to date";
}

export interface OutboxFigures {
  readonly service: string;
  readonly rows: number;
  readonly oldestSeconds: number;
}

export interface TopicFigures {
  readonly topic: string;
  /** Records the log acknowledged since the processes began. */
  readonly appended: number;
}

export interface Figures {
  readonly projections: readonly ProjectionFigures[];
  readonly outboxes: readonly OutboxFigures[];
  readonly topics: readonly TopicFigures[];
  readonly streamsOpen: number;
  /** How long the log took to acknowledge, on average since the processes began; null when nothing was appended. */
  readonly appendMs: number | null;
  readonly waitingRecords: number;
  readonly deliveriesWaiting: number;
  readonly alertLagSeconds: number;
  /** The names of the processes that answered. */
  readonly processes: readonly string[];
}

const LAG_RECORDS = "waymark_projection_lag_records";
const LAG_SECONDS = "waymark_projection_lag_seconds";
const PARKED = "waymark_projection_parked_records";
const PARKED_EVER = "waymark_projection_records_parked_total";
const ALIVE = "waymark_projection_alive_timestamp_seconds";
const OUTBOX_ROWS = "waymark_outbox_backlog_rows";
const OUTBOX_OLDEST = "waymark_outbox_oldest_seconds";
const APPENDED = "waymark_gateway_records_appended_total";
const APPEND_SUM = "waymark_gateway_append_duration_seconds_sum";
const APPEND_COUNT = "waymark_gateway_append_duration_seconds_count";
const WAITING = "waymark_gateway_waiting_records";
const STREAMS = "waymark_queries_streams_open";
const DELIVERIES = "waymark_webhook_deliveries_waiting";
const ALERT_LAG = "waymark_alert_evaluation_lag_seconds";
const BUILD = "waymark_build_info";
const ALL: ReadonlySet<string> = new Set([
  LAG_RECORDS,
  LAG_SECONDS,
  PARKED,
  PARKED_EVER,
  ALIVE,
  OUTBOX_ROWS,
  OUTBOX_OLDEST,
  APPENDED,
  APPEND_SUM,
  APPEND_COUNT,
  WAITING,
  STREAMS,
  DELIVERIES,
  ALERT_LAG,
  BUILD,
]);

/** Return the figures that an exposition of all processes holds. */
export function figuresOf(exposition: string): Figures {
  const samples = parseSamples(exposition, (name) => ALL.has(name));
  const named = (name: string): readonly Sample[] => samples.filter((sample) => sample.name === name);
  const total = (name: string) => sum(named(name));
  const appends = total(APPEND_COUNT);
  return {
    projections: projectionsOf(named),
    outboxes: labelsOf(named(OUTBOX_ROWS), "service").map((service) => ({
      service,
      rows: largest(where(named(OUTBOX_ROWS), "service", service)),
      oldestSeconds: largest(where(named(OUTBOX_OLDEST), "service", service)),
    })),
    topics: labelsOf(named(APPENDED), "topic").map((topic) => ({
      topic,
      appended: sum(where(named(APPENDED), "topic", topic)),
    })),
    streamsOpen: total(STREAMS),
    appendMs: appends === 0 ? null : (1_000 * total(APPEND_SUM)) / appends,
    waitingRecords: total(WAITING),
    deliveriesWaiting: largest(named(DELIVERIES)),
    alertLagSeconds: largest(named(ALERT_LAG)),
    processes: labelsOf(named(BUILD), "process"),
  };
}

function projectionsOf(named: (name: string) => readonly Sample[]): readonly ProjectionFigures[] {
  return labelsOf(named(LAG_SECONDS), "projection").map((projection) => {
    const own = (name: string) => where(named(name), "projection", projection);
    const aliveS = largest(own(ALIVE));
    return {
      projection,
      lagRecords: sum(own(LAG_RECORDS)),
      lagSeconds: largest(own(LAG_SECONDS)),
      parked: largest(own(PARKED)),
      parkedEver: sum(own(PARKED_EVER)),
      aliveMs: aliveS > 0 ? 1_000 * aliveS : null,
    };
  });
}

function labelsOf(samples: readonly Sample[], label: string): readonly string[] {
  return [...new Set(samples.map((sample) => sample.labels[label] ?? ""))].filter((text) => text !== "").sort();
}

function where(samples: readonly Sample[], label: string, value: string): readonly Sample[] {
  return samples.filter((sample) => sample.labels[label] === value);
}

function sum(samples: readonly Sample[]): number {
  return samples.reduce((total, sample) => total + sample.value, 0);
}

/** Return the largest value, for what several processes tell of the same thing; 0 when none tells. */
function largest(samples: readonly Sample[]): number {
  return samples.reduce((most, sample) => Math.max(most, sample.value), 0);
}
