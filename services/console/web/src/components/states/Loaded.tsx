/** What stands where data is to come: a skeleton, the error, or the data, dimmed while newer comes. */

import { Skeleton, Stack } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import type { Get } from "../../api/queries";
import { Failed } from "./Failed";

/** Before this nothing is shown, so that quick answers do not flicker. */
const PATIENCE_MS = 150;

interface LoadedProps<Data> {
  readonly query: Get<Data>;
  /** What could not be read, for the error: `the events`. */
  readonly what: string;
  /** The height of what comes, in pixels, so that nothing jumps. */
  readonly height?: number;
  readonly children: (data: Data) => ReactNode;
}

export function Loaded<Data>({ query, what, height = 240, children }: LoadedProps<Data>) {
  if (query.data !== undefined) {
    return (
      <div className={query.isPlaceholderData ? "stale" : undefined} aria-busy={query.isPlaceholderData}>
        {query.isError && <Failed what={what} problem={query.error} retry={() => query.refetch()} />}
        {children(query.data)}
      </div>
    );
  }
  if (query.isError) return <Failed what={what} problem={query.error} retry={() => query.refetch()} />;
  return <Waiting height={height} />;
}

/** A skeleton of a height, shown once waiting is worth telling. */
export function Waiting({ height = 240 }: { readonly height?: number }) {
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Stack gap="xs" mih={height} aria-busy="true">
      {isLong && <Skeleton height={height} />}
    </Stack>
  );
}
