/** What is left of an error budget: a bar, and the number beside it. */

import { Group, Progress, Text } from "@mantine/core";
import { useId } from "react";
import type { Schemas } from "../../api/client";
import { formatNumber, formatShare } from "../../lib/numbers";

interface BudgetProps {
  /** The name of the objective. */
  readonly of: string;
  readonly status: Schemas["SloStatus"];
}

const LITTLE = 0.25;

export function Budget({ of, status }: BudgetProps) {
  const label = useId();
  const left = status.budgetRemaining;
  const shown = left === null ? 0 : Math.max(0, Math.min(1, left));
  return (
    <div>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text size="sm" fw={500} id={label}>
          Budget left
        </Text>
        <Text size="sm" className="numbers">
          {left === null ? "no data" : left < 0 ? `none, overspent by ${formatShare(-left)}` : formatShare(left)}
        </Text>
      </Group>
      <Progress.Root size="lg">
        <Progress.Section
          value={100 * shown}
          color={left !== null && left < LITTLE ? "red" : "green"}
          aria-label={`Budget left of ${of}`}
        />
      </Progress.Root>
      {left !== null && (
        <Text size="xs" className="dimmed" mt={4}>
          {formatNumber(Math.max(0, status.allowedBad - status.bad))} more may be bad
        </Text>
      )}
    </div>
  );
}
