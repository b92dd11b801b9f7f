/** A few facts, each with its name above. */

import { Paper, SimpleGrid } from "@mantine/core";
import type { ReactNode } from "react";

interface FactsProps {
  readonly facts: readonly (readonly [name: string, value: ReactNode])[];
}

export function Facts({ facts }: FactsProps) {
  return (
    <SimpleGrid component="dl" cols={{ base: 2, sm: 3, lg: 6 }} spacing="xs" m={0}>
      {facts.map(([name, value]) => (
        <Paper key={name} withBorder p="xs">
          <dt className="dimmed small">{name}</dt>
          <dd className="fact numbers">{value}</dd>
        </Paper>
      ))}
    </SimpleGrid>
  );
}
