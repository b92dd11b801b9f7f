/** Somebody changed it after it was opened: what is stored now beside what was made here, and the choice between them. */

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Problem } from "../../api/problem";
import { get } from "../../api/queries";
import { JsonDifference } from "../../components/JsonDifference";
import { Failed } from "../../components/states/Failed";
import { Waiting } from "../../components/states/Loaded";
import { Time } from "../../components/Time";
import { type Definition, definitionOf, draftOf } from "../../lib/critical/draft";
import type { Stored } from "./Editor";

interface ConflictProps {
  readonly base: Stored;
  readonly mine: Definition;
  /** Save once more, over the version that is stored now. */
  readonly onOverwrite: (version: number) => void;
  readonly onTake: (stored: Stored) => void;
}

export function Conflict({ base, mine, onOverwrite, onTake }: ConflictProps) {
  const now = useQuery<Stored, Problem>({
    queryKey: ["stored now", base.name],
    queryFn: async () => (await get("/v1/interactions/{name}", { params: { path: { name: base.name } } })).data,
    staleTime: 0,
    gcTime: 0,
  });
  if (now.isError) return <Failed what="what is stored now" problem={now.error} retry={() => now.refetch()} />;
  if (now.data === undefined) return <Waiting height={160} />;
  const stored = now.data;
  return (
    <Alert color="red" role="alert" title="Changed meanwhile">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {stored.updatedBy} changed it at <Time at={stored.updatedAt} zoned />: version {stored.version} is stored now,
          and yours began with version {base.version}. From what is stored now to yours:
        </Text>
        <JsonDifference before={definitionOf(draftOf(stored))} after={mine} />
        <Group gap="sm">
          <Button size="compact-sm" variant="default" onClick={() => onOverwrite(stored.version)}>
            Overwrite
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => onTake(stored)}>
            Take theirs
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
