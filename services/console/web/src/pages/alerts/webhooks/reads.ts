/** What is to be read again when a webhook was written. */

export const WEBHOOK_READS = ["/v1/webhooks", "/v1/webhooks/{id}", "/v1/webhooks/{id}/deliveries"] as const;
