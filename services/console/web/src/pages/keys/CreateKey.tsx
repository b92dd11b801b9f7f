/** Creates a key, and shows it the one time that it can be seen. */

import { TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "../../api/client";
import { Dialog } from "../../components/Dialog";
import { FormFrame } from "../../components/form/FormFrame";
import { RolesInput } from "../../components/form/RolesInput";
import { Secret } from "../../components/form/Secret";
import { useForm } from "../../components/form/useForm";
import { readExpiry } from "../../lib/time/expiry";
import { zoneName } from "../../lib/time/zone";
import type { Role } from "../../state/me";
import { useClock } from "../../state/preferences";

interface Draft {
  readonly label: string;
  readonly roles: readonly Role[];
  readonly expiresAt: string;
}

const EMPTY: Draft = { label: "", roles: ["viewer"], expiresAt: "" };

export function CreateKey({ onClose }: { readonly onClose: () => void }) {
  const [key, setKey] = useState<string>();
  return (
    <Dialog title="Create key" onClose={onClose}>
      {key === undefined ? (
        <Ask onCreated={setKey} onCancel={onClose} />
      ) : (
        <Secret
          label="New key"
          text={key}
          sentence="Copy the key now: it is shown this once, and is stored nowhere."
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

interface AskProps {
  readonly onCreated: (key: string) => void;
  readonly onCancel: () => void;
}

function Ask({ onCreated, onCancel }: AskProps) {
  const clock = useClock();
  const form = useForm({
    initial: EMPTY,
    check: ({ expiresAt }) => ({
      expiresAt: readExpiry(expiresAt, clock) === undefined ? "A time as 2027-01-15 or 2027-01-15 13:05" : undefined,
    }),
    send: async ({ label, roles, expiresAt }) => {
      const body = { label, roles: [...roles], expiresAt: readExpiry(expiresAt, clock) };
      return (await api.POST("/api/keys", { body })).data?.key ?? "";
    },
    reads: ["/api/keys"],
    onDone: onCreated,
  });
  return (
    <FormFrame form={form} what="the key" verb="Create key" isNew onCancel={onCancel}>
      <TextInput label="Label" description="Who uses it, and where" data-autofocus {...form.text("label")} />
      <RolesInput {...form.choice("roles")} />
      <TextInput
        label="Expires"
        description={`As 2027-01-15 or 2027-01-15 13:05 (${zoneName(clock.zone)}); empty for never`}
        {...form.text("expiresAt")}
      />
    </FormFrame>
  );
}
