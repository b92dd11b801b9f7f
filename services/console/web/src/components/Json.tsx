/** JSON as it was recorded, in a region named `JSON`. */

import { Box, Code, Group } from "@mantine/core";
import { useMemo } from "react";
import { CopyButton } from "./CopyButton";

export function Json({ value }: { readonly value: unknown }) {
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? "null", [value]);
  return (
    <Box component="section" aria-label="JSON">
      <Group justify="flex-end" mb={4}>
        <CopyButton text={text} />
      </Group>
      <Code block tabIndex={0} mah={480} className="scroll">
        {text}
      </Code>
    </Box>
  );
}
