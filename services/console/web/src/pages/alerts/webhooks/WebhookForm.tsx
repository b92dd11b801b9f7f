/** The form of a webhook: where its messages go. */

import { Checkbox, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "../../../api/client";
import type { Webhook } from "../../../components/alerts/types";
import { FormFrame } from "../../../components/form/FormFrame";
import { useForm } from "../../../components/form/useForm";
import { WEBHOOK_READS } from "./reads";

interface WebhookFormProps {
  /** The webhook to change; null for a new one. */
  readonly webhook: Webhook | null;
  /** Told the secret of a new one. */
  readonly onDone: (secret: string) => void;
  readonly onCancel: () => void;
}

const EMPTY = { url: "", description: "", enabled: true };

export function WebhookForm({ webhook, onDone, onCancel }: WebhookFormProps) {
  // As it was opened: what somebody else saves meanwhile is not to be written over.
  const [opened] = useState(webhook);
  const form = useForm({
    initial: opened === null ? EMPTY : draftOf(opened),
    send: (draft) => write(opened, draft),
    reads: WEBHOOK_READS,
    onDone,
  });
  return (
    <FormFrame form={form} what="the webhook" isNew={opened === null} onCancel={onCancel}>
      <TextInput
        label="URL"
        type="url"
        description="An https URL, or an address that the operator of this installation allows"
        data-autofocus
        {...form.text("url")}
      />
      <TextInput
        label="Description"
        description="Who is told there: the on-call channel"
        {...form.text("description")}
      />
      <Checkbox
        label="Enabled"
        description="A disabled webhook gets no messages; those still waiting end as failed."
        checked={form.values.enabled}
        onChange={(event) => form.change({ enabled: event.currentTarget.checked })}
      />
    </FormFrame>
  );
}

type Draft = typeof EMPTY;

function draftOf({ url, description, enabled }: Webhook): Draft {
  return { url, description: description ?? "", enabled };
}

async function write(webhook: Webhook | null, { url, description, enabled }: Draft): Promise<string> {
  const body = { url: url.trim(), description: description || null, enabled };
  if (webhook === null) return (await api.POST("/v1/webhooks", { body })).data?.data.secret ?? "";
  const params = { path: { id: webhook.id }, header: { "If-Match": `"${webhook.version}"` } };
  await api.PATCH("/v1/webhooks/{id}", { params, body });
  return "";
}
