/** How the last delivery to a webhook went, and when. */

import { Group } from "@mantine/core";
import { useGet } from "../../../api/queries";
import { LookBadge } from "../../../components/alerts/LookBadge";
import { Time } from "../../../components/Time";
import { DELIVERY_STATES } from "../../../lib/alerts/deliveries";

export function LastDelivery({ id }: { readonly id: string }) {
  const query = { params: { path: { id }, query: { limit: 1 } } };
  const { data, isError } = useGet("/v1/webhooks/{id}/deliveries", query);
  if (data === undefined) return isError ? "unknown" : "";
  const last = data.data.deliveries[0];
  if (last === undefined) return "none yet";
  const attempt = last.attempts.at(-1);
  return (
    <Group gap="xs" wrap="nowrap">
      <LookBadge look={DELIVERY_STATES[last.state]} />
      {attempt !== undefined && <span>{<Time at={attempt.at} ago />}</span>}
    </Group>
  );
}
