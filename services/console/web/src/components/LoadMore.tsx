/** The way to the rest of a list that comes in pieces; nothing once all of it is there. */

import { Button } from "@mantine/core";

interface LoadMoreProps {
  readonly hasMore: boolean;
  readonly isReading: boolean;
  readonly onMore: () => void;
}

export function LoadMore({ hasMore, isReading, onMore }: LoadMoreProps) {
  if (!hasMore) return null;
  return (
    <Button
      size="compact-sm"
      variant="default"
      loading={isReading}
      onClick={onMore}
      style={{ alignSelf: "flex-start" }}
    >
      Load more
    </Button>
  );
}
