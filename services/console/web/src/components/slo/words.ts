/** Words of service level objectives that several parts of their tab need. */

import type { GetPath } from "../../api/queries";
import type { GoodWhen } from "../../lib/slo/draft";

/** Which results are good. */
export const GOOD_WHEN: Readonly<Record<GoodWhen, string>> = {
  COMPLETED: "completed ones are good",
  AVERAGE: "good are those at least Average",
  GOOD: "good are those at least Good",
  EXCELLENT: "good are those that are Excellent",
};

/** The reads that show what a change of an objective changes. */
export const SLO_READS: readonly GetPath[] = ["/v1/slos", "/v1/slos/{id}", "/v1/slos/{id}/status", "/v1/alert-rules"];
