/** The foot of a list that comes in pages: which rows these are of how many, and the way to the others. */

import { Button, Group, Text } from "@mantine/core";
import { formatNumber } from "../../lib/numbers";

interface PagingProps {
  readonly page: number;
  readonly pageSize: number;
  readonly shown: number;
  readonly total: number;
  readonly onPage: (page: number) => void;
}

export function Paging({ page, pageSize, shown, total, onPage }: PagingProps) {
  const before = (page - 1) * pageSize;
  const pages = Math.max(1, Math.ceil(total / pageSize));
  return (
    <Group component="nav" aria-label="Pages of the list" justify="space-between" mt="xs">
      <Text size="sm" role="status">
        {shown === 0 ? "none" : `${formatNumber(before + 1)}–${formatNumber(before + shown)}`} of {formatNumber(total)}
      </Text>
      <Group gap="xs">
        <Button size="compact-sm" variant="default" disabled={page <= 1} onClick={() => onPage(page - 1)}>
          Previous page
        </Button>
        <Text size="sm">
          {formatNumber(page)} of {formatNumber(pages)}
        </Text>
        <Button size="compact-sm" variant="default" disabled={page >= pages} onClick={() => onPage(page + 1)}>
          Next page
        </Button>
      </Group>
    </Group>
  );
}
