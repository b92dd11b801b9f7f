/** Gives a webhook a new secret, and shows it the one time that it can be seen. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { api } from "../../../api/client";
import type { Webhook } from "../../../components/alerts/types";
import { webhookName } from "../../../components/alerts/useWebhooks";
import { Dialog } from "../../../components/Dialog";
import { Secret } from "../../../components/form/Secret";
import { useWrite } from "../../../components/form/useWrite";
import { Failed } from "../../../components/states/Failed";
import { WEBHOOK_READS } from "./reads";

export function RotateSecret({ webhook }: { readonly webhook: Webhook }) {
  const [isOpen, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open} aria-haspopup="dialog">
        Rotate secret
      </Button>
      {isOpen && <RotateDialog webhook={webhook} onClose={close} />}
    </>
  );
}

interface RotateDialogProps {
  readonly webhook: Webhook;
  readonly onClose: () => void;
}

function RotateDialog({ webhook, onClose }: RotateDialogProps) {
  const [secret, setSecret] = useState<string>();
  return (
    <Dialog title={`Rotate secret of ${webhookName(webhook)}?`} size="lg" onClose={onClose}>
      {secret === undefined ? (
        <Question webhook={webhook} onRotated={setSecret} onClose={onClose} />
      ) : (
        <Secret
          label="New secret"
          text={secret}
          sentence="Copy the secret now: it is shown this once. The one before signs too for 24 hours: put the new one into the receiver within that time."
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

function Question({
  webhook,
  onRotated,
  onClose,
}: RotateDialogProps & { readonly onRotated: (secret: string) => void }) {
  const params = { path: { id: webhook.id }, header: { "If-Match": `"${webhook.version}"` } };
  const write = useWrite<void, string>({
    send: async () => (await api.POST("/v1/webhooks/{id}/rotate-secret", { params })).data?.data.secret ?? "",
    reads: WEBHOOK_READS,
    onDone: onRotated,
  });
  return (
    <Stack>
      <Text size="sm">
        Messages are signed with a new secret from now on, and for 24 hours with the present one too. Of several
        rotations within that time the two newest secrets sign.
      </Text>
      {write.isError && <Failed verb="rotate" what="the secret" problem={write.error} />}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button loading={write.isPending} onClick={() => write.mutate()}>
          Rotate secret
        </Button>
      </Group>
    </Stack>
  );
}
