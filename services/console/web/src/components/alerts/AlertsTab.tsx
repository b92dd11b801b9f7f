/** The alert rules of one critical interaction, for its own page. */

import { Group, Stack } from "@mantine/core";
import { useAutoRefresh } from "../../state/refresh";
import { NewRule } from "./NewRule";
import { RuleList } from "./RuleList";
import { REFRESH_MS } from "./types";

export function AlertsTab({ name }: { readonly name: string }) {
  useAutoRefresh(REFRESH_MS);
  return (
    <Stack gap="md">
      <Group justify="flex-end">
        <NewRule interactionName={name} />
      </Group>
      <RuleList caption="Alert rules" ownerName={name} />
    </Stack>
  );
}
