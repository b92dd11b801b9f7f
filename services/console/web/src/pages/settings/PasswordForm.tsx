/** Changes the password of whoever is logged in; the API ends all of their logins with it. */

import { PasswordInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { api } from "../../api/client";
import { loginHref, noteLogin } from "../../api/session";
import { FormFrame } from "../../components/form/FormFrame";
import { useForm } from "../../components/form/useForm";
import { useGo } from "../../components/PageLink";
import { BASE } from "../../lib/address/paths";

const EMPTY = { currentPassword: "", newPassword: "" };

export function PasswordForm({ email }: { readonly email: string }) {
  const go = useGo();
  const form = useForm({
    initial: EMPTY,
    fieldOf: { wrong_password: "currentPassword" },
    send: (body) => api.POST("/api/v1/auth/password", { body }),
    reads: [],
    onDone: () => {
      noteLogin(false);
      notifications.show({ color: "green", title: "The password is changed", message: "Log in with the new one." });
      go(loginHref(`${BASE}/settings`));
    },
  });
  return (
    <FormFrame form={form} what="the password" verb="Change password">
      {/* Tells a password manager whose password it is. */}
      <input type="text" autoComplete="username" value={email} readOnly hidden />
      <PasswordInput label="Current password" autoComplete="current-password" {...form.text("currentPassword")} />
      <PasswordInput
        label="New password"
        description="At least 8 characters"
        autoComplete="new-password"
        {...form.text("newPassword")}
      />
    </FormFrame>
  );
}
