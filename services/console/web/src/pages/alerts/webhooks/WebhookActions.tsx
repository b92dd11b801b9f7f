/** What may be done with a webhook. */

import { Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { api } from "../../../api/client";
import { RULE_READS, type Webhook } from "../../../components/alerts/types";
import { webhookName } from "../../../components/alerts/useWebhooks";
import { Dialog } from "../../../components/Dialog";
import { ConfirmButton } from "../../../components/form/ConfirmButton";
import { useWrite } from "../../../components/form/useWrite";
import { Failed } from "../../../components/states/Failed";
import { RotateSecret } from "./RotateSecret";
import { WebhookForm } from "./WebhookForm";

interface WebhookActionsProps {
  readonly webhook: Webhook;
  readonly onDeleted: () => void;
}

export function WebhookActions({ webhook, onDeleted }: WebhookActionsProps) {
  const [isEditing, { open, close }] = useDisclosure(false);
  const params = { path: { id: webhook.id } };
  const test = useWrite<void, unknown>({
    send: () => api.POST("/v1/webhooks/{id}/test", { params }),
    reads: ["/v1/webhooks/{id}/deliveries"],
  });
  return (
    <>
      <Group gap="xs">
        <Button size="compact-sm" loading={test.isPending} disabled={!webhook.enabled} onClick={() => test.mutate()}>
          Test
        </Button>
        <Button size="compact-sm" variant="default" onClick={open} aria-haspopup="dialog">
          Edit
        </Button>
        <RotateSecret webhook={webhook} />
        <ConfirmButton
          verb="Delete"
          thing={`the webhook ${webhookName(webhook)}`}
          send={() =>
            api.DELETE("/v1/webhooks/{id}", {
              params: { ...params, header: { "If-Match": `"${webhook.version}"` } },
            })
          }
          reads={["/v1/webhooks", ...RULE_READS]}
          onDone={onDeleted}
        >
          It no longer gets alerts. Its deliveries are deleted with it, those still waiting included.
        </ConfirmButton>
        <span role="status" className="dimmed small">
          {test.isSuccess ? "Sent: see the deliveries" : ""}
        </span>
      </Group>
      {test.isError && <Failed verb="test" what="the webhook" problem={test.error} />}
      {isEditing && (
        <Dialog title={`Edit ${webhookName(webhook)}`} size="lg" onClose={close}>
          <WebhookForm webhook={webhook} onDone={close} onCancel={close} />
        </Dialog>
      )}
    </>
  );
}
