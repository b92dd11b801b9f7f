/** JSON as it was recorded, in a region named `JSON` where a page has but one. */

import { Box, Code, Group } from "@mantine/core";
import { useMemo } from "react";
import { CopyButton } from "./CopyButton";

interface JsonProps {
  readonly value: unknown;
  /** The name of the region, where there are several. */
  readonly label?: string;
}

export function Json({ value, label = "JSON" }: JsonProps) {
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? "null", [value]);
  return (
    <Box component="section" aria-label={label}>
      <Group justify="flex-end" mb={4}>
        <CopyButton text={text} />
      </Group>
      <Code block tabIndex={0} mah={480} className="scroll">
        {text}
      </Code>
    </Box>
  );
}
