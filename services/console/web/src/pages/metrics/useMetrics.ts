/** All metrics of the tenant, for what refers to them. */

import { type GetData, useGet } from "../../api/queries";
import { METRICS, type Metric } from "./api";

type Answer = GetData<typeof METRICS>;

/** Return the metrics; undefined until they are known. */
export function useMetrics(): readonly Metric[] | undefined {
  const answer: Answer | undefined = useGet(METRICS, { params: { query: { limit: 100 } } }).data;
  return answer?.data;
}
