/** Changes a user's name and roles. */

import { TextInput } from "@mantine/core";
import { api } from "../../api/client";
import { Dialog } from "../../components/Dialog";
import { FormFrame } from "../../components/form/FormFrame";
import { RolesInput } from "../../components/form/RolesInput";
import { useForm } from "../../components/form/useForm";
import type { User } from "./UsersPage";

export function EditUser({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const form = useForm({
    initial: { name: user.name ?? "", roles: user.roles },
    send: ({ name, roles }) =>
      api.PATCH("/api/v1/auth/users/{userId}", {
        params: { path: { userId: user.userId } },
        body: { name, roles: [...roles] },
      }),
    // Whose roles changed may be who is logged in.
    reads: ["/api/v1/auth/users", "/api/v1/auth/me"],
    onDone: onClose,
  });
  return (
    <Dialog title={user.email} onClose={onClose}>
      <FormFrame form={form} what={`the user ${user.email}`} onCancel={onClose}>
        <TextInput label="Name" data-autofocus {...form.text("name")} />
        <RolesInput {...form.choice("roles")} />
      </FormFrame>
    </Dialog>
  );
}
