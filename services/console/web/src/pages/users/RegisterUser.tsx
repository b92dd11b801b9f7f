/** Registers a user of this tenant. */

import { PasswordInput, TextInput } from "@mantine/core";
import { api } from "../../api/client";
import { Dialog } from "../../components/Dialog";
import { FormFrame } from "../../components/form/FormFrame";
import { RolesInput } from "../../components/form/RolesInput";
import { useForm } from "../../components/form/useForm";
import type { Role } from "../../state/me";

const EMPTY = { email: "", name: "", password: "", roles: ["viewer"] as readonly Role[] };

export function RegisterUser({ onClose }: { readonly onClose: () => void }) {
  const form = useForm({
    initial: EMPTY,
    fieldOf: { email_taken: "email" },
    send: ({ email, name, password, roles }) =>
      api.POST("/api/v1/auth/register", { body: { email, name: name || null, password, roles: [...roles] } }),
    reads: ["/api/v1/auth/users"],
    onDone: onClose,
  });
  return (
    <Dialog title="Register user" onClose={onClose}>
      <FormFrame form={form} what="the user" verb="Register user" isNew onCancel={onClose}>
        <TextInput label="Email" type="email" autoComplete="off" data-autofocus {...form.text("email")} />
        <TextInput label="Name" autoComplete="off" {...form.text("name")} />
        <PasswordInput
          label="Password"
          description="Pass it on to the user, who can change it in Settings."
          autoComplete="new-password"
          {...form.text("password")}
        />
        <RolesInput {...form.choice("roles")} />
      </FormFrame>
    </Dialog>
  );
}
