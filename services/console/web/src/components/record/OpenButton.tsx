/** A button in a row that opens the row's record beside the list. */

import { ActionIcon } from "@mantine/core";
import { IconLayoutSidebarRightExpand } from "@tabler/icons-react";
import type { Opened } from "./useOpened";

interface OpenButtonProps {
  readonly opened: Opened;
  readonly id: string;
  /** What tells the record from others: `42`. */
  readonly name: string;
}

export function OpenButton({ opened, id, name }: OpenButtonProps) {
  return (
    <ActionIcon variant="subtle" aria-label={`Open ${name} beside the list`} onClick={() => opened.open(id)}>
      <IconLayoutSidebarRightExpand size={18} aria-hidden="true" />
    </ActionIcon>
  );
}
