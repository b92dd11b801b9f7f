/** How many records are marked, and the ways through them and back to none. */

import { Button, Group, Text } from "@mantine/core";
import { formatNumber } from "../../../lib/numbers";
import type { Marks } from "./useMarks";

interface MarkedProps {
  readonly marks: Marks;
  readonly onNext: () => void;
}

export function Marked({ marks: { wanted, indexes, clear }, onNext }: MarkedProps) {
  if (wanted === 0) return null;
  return (
    <Group gap="xs">
      <Text size="sm" role="status">
        {wordsOf(indexes.length, wanted)}
      </Text>
      {indexes.length > 1 && (
        <Button size="compact-sm" variant="default" onClick={onNext}>
          Next marked
        </Button>
      )}
      <Button size="compact-sm" variant="default" onClick={clear}>
        Clear
      </Button>
    </Group>
  );
}

function wordsOf(count: number, wanted: number): string {
  const marked = `${formatNumber(count)} ${count === 1 ? "record is" : "records are"} marked`;
  return count === wanted ? `${marked}.` : `${marked}; ${formatNumber(wanted - count)} more are not in this trace.`;
}
