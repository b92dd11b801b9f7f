/** The paths of metrics and of the rules that compare their values. */

import type { Schemas } from "../../api/client";
import type { GetPath } from "../../api/queries";

export type Metric = Schemas["MetricOut"];

export const METRICS = "/api/v1/behavioral-metrics";
export const METRIC = "/api/v1/behavioral-metrics/{id}";
export const VALUES = "/api/v1/behavioral-metrics/{id}/values";
export const SERIES = "/api/v1/behavioral-metrics/{id}/series";
export const EXPLAIN = "/api/v1/behavioral-metrics/{id}/explain";
export const RUNS = "/api/v1/behavioral-metrics/{id}/runs";
export const RUN = "/api/v1/behavioral-metrics/{id}/runs/{runId}";

/** The reads that show what a metric is, and those that show its values. */
export const DEFINITION_READS: readonly GetPath[] = [METRICS, METRIC, RUNS];
export const VALUE_READS: readonly GetPath[] = [VALUES, SERIES, EXPLAIN];
/** The most metrics that a tenant has. */
export const MOST_METRICS = 20;
