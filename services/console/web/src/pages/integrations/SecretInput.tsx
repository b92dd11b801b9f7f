/** One secret: it is written and never shown. Left empty it stays as it is, `Remove` takes it away. */

import { Button, Group, PasswordInput, Text } from "@mantine/core";
import { Time } from "../../components/Time";
import type { Account, AccountForm } from "./kinds";

interface SecretInputProps {
  readonly secret: AccountForm["secrets"][number];
  readonly stored: Account["secrets"][string] | undefined;
  /** What is typed; null when it is to be removed. */
  readonly value: string | null;
  readonly error: string | undefined;
  readonly onChange: (value: string | null) => void;
}

export function SecretInput({ secret, stored, value, error, onChange }: SecretInputProps) {
  const { title, description, required } = secret;
  const isRemoved = value === null;
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <PasswordInput
        flex={1}
        label={title}
        description={
          <>
            {description !== "" && <span>{description} </span>}
            <State stored={stored} isRemoved={isRemoved} isRequired={required} />
          </>
        }
        value={value ?? ""}
        error={error}
        autoComplete="new-password"
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {stored !== undefined && !required && (
        <Button variant="default" onClick={() => onChange(isRemoved ? "" : null)}>
          {isRemoved ? "Keep" : "Remove"}
          <span className="visually-hidden"> {title}</span>
        </Button>
      )}
    </Group>
  );
}

interface StateProps {
  readonly stored: Account["secrets"][string] | undefined;
  readonly isRemoved: boolean;
  readonly isRequired: boolean;
}

function State({ stored, isRemoved, isRequired }: StateProps) {
  if (isRemoved)
    return (
      <Text inherit component="span">
        Removed when this is saved.
      </Text>
    );
  if (stored === undefined) return isRequired ? "Not set yet." : "Not set; optional.";
  return (
    <>
      Set on <Time at={stored.updatedAt} zoned />; leave empty to keep it.
    </>
  );
}
