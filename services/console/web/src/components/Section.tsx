/** A part of a page under a heading of its own. */

import { Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

interface SectionProps {
  readonly title: string;
  readonly description?: string;
  readonly children: ReactNode;
}

export function Section({ title, description, children }: SectionProps) {
  const heading = useId();
  return (
    <Stack component="section" aria-labelledby={heading} gap="sm">
      <div>
        <Title order={2} size="h4" id={heading}>
          {title}
        </Title>
        {description !== undefined && (
          <Text size="sm" className="dimmed">
            {description}
          </Text>
        )}
      </div>
      {children}
    </Stack>
  );
}
