/** The frame of settings beside the canvas: a region named by its heading, with a button that closes it. */

import { ActionIcon, Group, Paper, Stack, Title } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";

interface SettingsPanelProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function SettingsPanel({ title, onClose, children }: SettingsPanelProps) {
  return (
    <Paper component="section" aria-label={title} withBorder p="sm">
      <Stack gap="md">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} size="h4">
            {title}
          </Title>
          <ActionIcon variant="subtle" color="gray" aria-label="Close" onClick={onClose}>
            <IconX size={18} aria-hidden="true" />
          </ActionIcon>
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
