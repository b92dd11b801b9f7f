/** The webhook that is opened beside the list: what it is, what may be done with it, and what was delivered to it. */

import { Stack, Title } from "@mantine/core";
import { useGet } from "../../../api/queries";
import type { Webhook } from "../../../components/alerts/types";
import { webhookName } from "../../../components/alerts/useWebhooks";
import { type FieldItem, Fields } from "../../../components/Fields";
import { RecordPanel } from "../../../components/record/RecordPanel";
import type { Opened } from "../../../components/record/useOpened";
import { Loaded } from "../../../components/states/Loaded";
import { Time } from "../../../components/Time";
import { useMay } from "../../../state/me";
import { Deliveries } from "./Deliveries";
import { WebhookActions } from "./WebhookActions";

export function OpenedWebhook({ opened }: { readonly opened: Opened }) {
  const mayWrite = useMay("editor");
  const webhook = useGet("/v1/webhooks/{id}", { params: { path: { id: opened.id } } });
  return (
    <RecordPanel opened={opened}>
      <Loaded query={webhook} what="the webhook" height={400}>
        {({ data }) => (
          <Stack gap="sm" key={data.id}>
            <Title order={2} size="h4" className="break">
              {webhookName(data)}
            </Title>
            {mayWrite && <WebhookActions webhook={data} onDeleted={opened.close} />}
            <Fields items={fieldsOf(data)} />
            <Title order={3} size="h5">
              Deliveries
            </Title>
            <Deliveries id={data.id} />
          </Stack>
        )}
      </Loaded>
    </RecordPanel>
  );
}

function fieldsOf(webhook: Webhook): readonly FieldItem[] {
  return [
    ["URL", webhook.url],
    ["State", webhook.enabled ? "enabled" : "disabled"],
    [
      "Secret changed",
      webhook.secretRotatedAt === null ? "never" : <Time key="rotated" at={webhook.secretRotatedAt} ago zoned />,
    ],
    ["Created", <Time key="created" at={webhook.createdAt} zoned />],
    ["Changed", <Time key="changed" at={webhook.updatedAt} zoned />],
    ["Webhook id", webhook.id],
  ];
}
