/** The foot of a list that comes in pages: which rows these are of how many, and the way to the others. */

import { Button, Group, Text } from "@mantine/core";

interface PagingProps {
  readonly page: number;
  readonly pageSize: number;
  readonly shown: number;
  readonly total: number;
  readonly onPage: (page: number) => void;
}

const whole = new Intl.NumberFormat("en");

export function Paging({ page, pageSize, shown, total, onPage }: PagingProps) {
  const before = (page - 1) * pageSize;
  const pages = Math.max(1, Math.ceil(total / pageSize));
  return (
    <Group component="nav" aria-label="Pages of the list" justify="space-between" mt="xs">
      <Text size="sm" role="status">
        {shown === 0 ? "none" : `${whole.format(before + 1)}–${whole.format(before + shown)}`} of {whole.format(total)}
      </Text>
      <Group gap="xs">
        <Button size="compact-sm" variant="default" disabled={page <= 1} onClick={() => onPage(page - 1)}>
          Previous page
        </Button>
        <Text size="sm">
          {whole.format(page)} of {whole.format(pages)}
        </Text>
        <Button size="compact-sm" variant="default" disabled={page >= pages} onClick={() => onPage(page + 1)}>
          Next page
        </Button>
      </Group>
    </Group>
  );
}
