/** All metrics of the tenant, for what refers to them. */

import { type Get, type GetData, useGet } from "../../api/queries";
import { METRICS } from "./api";

export type Metrics = Get<GetData<typeof METRICS>>;

export function useMetrics(): Metrics {
  return useGet(METRICS, { params: { query: { limit: 100 } } });
}
