/** What stands where there is no data: how the first comes to be, or how to look further. */

import { Button, Code, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { Get } from "../../api/queries";
import { ALL_TIME } from "../../lib/time/range";
import { useRange } from "../../state/range";
import { CopyButton } from "../CopyButton";
import { Loaded } from "./Loaded";

interface NothingYetProps {
  /** One sentence on what would stand here. */
  readonly sentence: string;
  /** The command that makes the first one. */
  readonly command?: string;
}

export function NothingYet({ sentence, command }: NothingYetProps) {
  return (
    <Paper withBorder p="lg">
      <Stack gap="sm" align="flex-start">
        <Title order={2} size="h4">
          Nothing here yet
        </Title>
        <Text>{sentence}</Text>
        {command !== undefined && (
          <>
            <Code block className="wrap" w="100%">
              {command}
            </Code>
            <CopyButton text={command} />
          </>
        )}
      </Stack>
    </Paper>
  );
}

interface NothingFoundProps<Data> extends NothingYetProps {
  readonly isFiltered: boolean;
  readonly onClear: () => void;
  /** A read of anything at all, asked for where nothing is filtered, and the total in its answer. */
  readonly any: Get<Data>;
  readonly totalOf: (data: Data) => number;
  /** What is listed, for the error: `the events`. */
  readonly what: string;
}

/** Tell a list that nothing fits from one that has nothing yet. */
export function NothingFound<Data>(props: NothingFoundProps<Data>) {
  const { isFiltered, onClear, any, totalOf, what, ...yet } = props;
  if (isFiltered) return <NoMatch onClear={onClear} />;
  return (
    <Loaded query={any} what={what}>
      {(data) => (totalOf(data) > 0 ? <NoMatch /> : <NothingYet {...yet} />)}
    </Loaded>
  );
}

interface NoMatchProps {
  /** Take the page's filters away; absent when none is set. */
  readonly onClear?: () => void;
  /** Whether the range of the page bounds what was asked for. */
  readonly isRanged?: boolean;
}

export function NoMatch({ onClear, isRanged = true }: NoMatchProps) {
  const { range, choose } = useRange();
  const isBounded = isRanged && (range.from !== null || range.to !== null);
  return (
    <Paper withBorder p="lg">
      <Stack gap="sm" align="flex-start">
        <Title order={2} size="h4">
          No match
        </Title>
        <Text>Nothing fits what was asked for{isBounded ? " in this time range" : ""}.</Text>
        <Group gap="xs">
          {onClear !== undefined && (
            <Button size="compact-sm" variant="default" onClick={onClear}>
              Clear filters
            </Button>
          )}
          {isBounded && (
            <Button size="compact-sm" variant="default" onClick={() => choose(ALL_TIME)}>
              All time
            </Button>
          )}
        </Group>
      </Stack>
    </Paper>
  );
}
