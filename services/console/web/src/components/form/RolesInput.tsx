/** The roles that a user or a key has. */

import { Checkbox, Stack } from "@mantine/core";
import { ROLES, type Role } from "../../state/me";

const MAY: Readonly<Record<Role, string>> = {
  viewer: "reads",
  editor: "reads, posts records, and changes what the tenant has defined",
  admin: "may all, users and keys too",
};

interface RolesInputProps {
  readonly value: readonly string[];
  readonly error?: string | undefined;
  readonly onChange: (roles: string[]) => void;
}

export function RolesInput({ value, error, onChange }: RolesInputProps) {
  return (
    <Checkbox.Group label="Roles" value={[...value]} onChange={onChange} error={error}>
      <Stack gap={6} mt={4}>
        {ROLES.map((role) => (
          <Checkbox key={role} value={role} label={role} description={MAY[role]} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
