/** Tests an account by a call that changes nothing, and tells in place how that went and how long it took. */

import { Button, Group, Text } from "@mantine/core";
import { api } from "../../api/client";
import { useWrite } from "../../components/form/useWrite";
import { formatDuration } from "../../lib/time/zone";
import type { Account, Kind } from "./kinds";

export function TestButton({ kind, account }: { readonly kind: Kind; readonly account: Account }) {
  const { name } = account;
  const write = useWrite({
    send: async () => (await api.POST(kind.test, { params: { path: { name } } })).data,
    reads: [],
  });
  const { isPending, data, error } = write;
  return (
    <Group gap="xs" wrap="nowrap">
      <Button size="compact-sm" variant="default" aria-busy={isPending} onClick={() => isPending || write.mutate()}>
        Test
      </Button>
      <Text component="span" size="sm" role="status">
        {isPending && "testing"}
        {!isPending && error !== null && error.detail}
        {!isPending &&
          error === null &&
          data !== undefined &&
          `${data.ok ? "ok" : "failed"}: ${data.detail}, ${formatDuration(data.latencyMs)}`}
      </Text>
    </Group>
  );
}
