/** The webhooks that rules may tell; a tenant has at most 50. */

import { type Get, type GetData, useGet } from "../../api/queries";
import { MOST, type Webhook } from "./types";

export function useWebhooks(): Get<GetData<"/v1/webhooks">> {
  return useGet("/v1/webhooks", { params: { query: { page: 0, size: MOST } } });
}

/** Return how people know a webhook: by what is said of it, else by its URL. */
export function webhookName({ description, url }: Pick<Webhook, "description" | "url">): string {
  return description || url;
}
