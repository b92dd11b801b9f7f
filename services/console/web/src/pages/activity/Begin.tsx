/** What stands on the page before anything is looked for. */

import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";

interface BeginProps {
  /** The resource types of the catalog. */
  readonly types: readonly string[];
  readonly onChoose: (type: string) => void;
}

/** So many of the catalog's types are offered; the others can be typed. */
const OFFERED = 24;

export function Begin({ types, onChoose }: BeginProps) {
  return (
    <Paper withBorder p="lg">
      <Stack gap="sm" align="flex-start">
        <Title order={2} size="h4">
          Whose activity?
        </Title>
        <Text>
          Choose a resource type, an action, a user, a unit of work or a JSON filter: interactions that fit are shown by
          user and unit of work.
        </Text>
        <Group gap="xs">
          {types.slice(0, OFFERED).map((type) => (
            <Button key={type} size="compact-sm" variant="default" onClick={() => onChoose(type)}>
              {type}
            </Button>
          ))}
        </Group>
      </Stack>
    </Paper>
  );
}
