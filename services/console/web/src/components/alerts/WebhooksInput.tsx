/** Which webhooks are told, each by what is said of it and its URL. */

import { Checkbox, Stack, Text } from "@mantine/core";
import { PageLink } from "../PageLink";
import { Loaded } from "../states/Loaded";
import { useWebhooks } from "./useWebhooks";

interface WebhooksInputProps {
  readonly value: readonly string[];
  readonly error?: string | undefined;
  readonly onChange: (ids: string[]) => void;
}

export function WebhooksInput({ value, error, onChange }: WebhooksInputProps) {
  const webhooks = useWebhooks();
  return (
    <Loaded query={webhooks} what="the webhooks" height={40}>
      {({ data }) =>
        data.webhooks.length === 0 ? (
          <Text size="sm">
            There is no webhook to tell yet: make one among the{" "}
            <PageLink to="/alerts" search={{ tab: "webhooks" }} underline="always">
              webhooks
            </PageLink>
            .
          </Text>
        ) : (
          <Checkbox.Group label="Webhooks" value={[...value]} onChange={onChange} error={error}>
            <Stack gap={6} mt={4}>
              {data.webhooks.map(({ id, url, description, enabled }) => (
                <Checkbox
                  key={id}
                  value={id}
                  label={`${description || url}${enabled ? "" : " (disabled)"}`}
                  description={description ? url : undefined}
                  classNames={{ label: "break", description: "break" }}
                />
              ))}
            </Stack>
          </Checkbox.Group>
        )
      }
    </Loaded>
  );
}
