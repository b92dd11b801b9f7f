/** Filters that take no room on a phone until they are asked for; how many are set stands on their button. */

import { Box, Button, Stack } from "@mantine/core";
import { type ReactNode, useId, useState } from "react";

interface FoldedFiltersProps {
  /** How many filters are set. */
  readonly set: number;
  readonly children: ReactNode;
}

export function FoldedFilters({ set, children }: FoldedFiltersProps) {
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  return (
    <Stack gap="sm">
      <Button
        hiddenFrom="sm"
        variant="default"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setIsOpen(!isOpen)}
      >
        {set === 0 ? "Filters" : `Filters (${set} set)`}
      </Button>
      <Box id={id} visibleFrom={isOpen ? undefined : "sm"}>
        {children}
      </Box>
    </Stack>
  );
}
