/** What a critical interaction is: whether it runs, its version, and the steps that it is made of. */

import { Group, Stack, Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { PressingRules } from "../../components/alerts/PressingRules";
import { Time } from "../../components/Time";
import { formatDuration } from "../../lib/time/zone";
import { StatusBadge } from "./StatusBadge";

type One = Schemas["CriticalInteractionOut"];

export function Summary({ of }: { readonly of: One }) {
  return (
    <Stack gap={4} mb="md">
      <Group gap="sm">
        <StatusBadge status={of.status} />
        <Text size="sm" className="break">
          version {of.version}, by {of.updatedBy}, <Time at={of.updatedAt} ago zoned />
        </Text>
      </Group>
      <PressingRules interactionName={of.name} />
      {of.description && <Text className="break">{of.description}</Text>}
      <Text size="sm" className="break">
        {stepsOf(of)}, each within {formatDuration(of.thresholdInMs)} of the one before
      </Text>
    </Stack>
  );
}

/** Write the required steps in their order: `ORDER.CREATE → PAYMENT.UPDATE`. */
function stepsOf({ events }: One): string {
  return events
    .filter(({ isBlacklisted }) => !isBlacklisted)
    .map(({ name }) => name)
    .join(" → ");
}
