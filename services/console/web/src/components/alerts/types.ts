/** Alert rules and webhooks as the API gives them, and the reads that show them. */

import type { Schemas } from "../../api/client";

export type Rule = Schemas["AlertRuleOut"];
export type Webhook = Schemas["WebhookOut"];

/** What is to be read again when a rule was written. */
export const RULE_READS = ["/v1/alert-rules", "/v1/alert-rules/{id}", "/v1/alert-rules/{id}/history"] as const;

/** The most things that one page of these lists holds. */
export const MOST = 500;
/** Rules are evaluated every 15 seconds. */
export const REFRESH_MS = 15_000;
