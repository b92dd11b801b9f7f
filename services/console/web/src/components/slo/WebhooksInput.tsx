/** The webhooks that are told of the alerts of an objective. */

import { Checkbox, Stack, Text } from "@mantine/core";
import { useGet } from "../../api/queries";

interface WebhooksInputProps {
  readonly value: readonly string[];
  readonly error?: string | undefined;
  readonly onChange: (ids: string[]) => void;
}

const MOST = 100;

export function WebhooksInput({ value, error, onChange }: WebhooksInputProps) {
  const list = useGet("/v1/webhooks", { params: { query: { page: 0, size: MOST } } });
  const webhooks = list.data?.data.webhooks ?? [];
  if (list.isError) return <Text size="sm">The webhooks could not be read; those chosen stay.</Text>;
  if (webhooks.length === 0) return null;
  return (
    <Checkbox.Group label="Webhooks" value={[...value]} onChange={onChange} error={error}>
      <Stack gap={6} mt={4}>
        {webhooks.map((one) => (
          <Checkbox
            key={one.id}
            value={one.id}
            label={one.description || one.url}
            description={one.enabled ? undefined : "disabled"}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
