/** What stands above each list of the catalog: which of it is listed, and the way to make another. */

import { Button, Group, Select } from "@mantine/core";
import type { ReactNode } from "react";
import { choice } from "../../lib/address/fields";
import { useMay } from "../../state/me";

export const ARCHIVED = choice("false", "true", "all");
export type Archived = typeof ARCHIVED.initial;

const NAMES: readonly { readonly value: Archived; readonly label: string }[] = [
  { value: "false", label: "In use" },
  { value: "true", label: "Archived" },
  { value: "all", label: "All" },
];

interface ToolsProps {
  readonly archived: Archived;
  readonly onArchived: (archived: Archived) => void;
  readonly noun: string;
  readonly onNew: () => void;
  readonly children?: ReactNode;
}

export function Tools({ archived, onArchived, noun, onNew, children }: ToolsProps) {
  const mayWrite = useMay("editor");
  return (
    <Group align="flex-end" mb="md">
      {children}
      <Select
        label="Listed"
        w={140}
        allowDeselect={false}
        data={NAMES}
        value={archived}
        onChange={(next) => next !== null && onArchived(next as Archived)}
      />
      {mayWrite && (
        <Button ml="auto" onClick={onNew}>
          New {noun}
        </Button>
      )}
    </Group>
  );
}
