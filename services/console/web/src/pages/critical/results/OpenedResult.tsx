/** The result that is opened beside the list, once it is among those that were read. */

import { Text } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { RecordPanel } from "../../../components/record/RecordPanel";
import type { Opened } from "../../../components/record/useOpened";
import { Waiting } from "../../../components/states/Loaded";
import type { CursorPages } from "../../../state/cursorPages";
import { ResultRecord } from "./ResultRecord";

interface OpenedResultProps {
  readonly opened: Opened;
  readonly results: CursorPages<Schemas["ResultOut"]>;
  readonly of: Schemas["CriticalInteractionOut"];
}

export function OpenedResult({ opened, results, of }: OpenedResultProps) {
  const result = results.items?.find(({ id }) => id === opened.id);
  return (
    <RecordPanel opened={opened}>
      {result !== undefined ? (
        <ResultRecord of={result} definition={of} />
      ) : results.items === undefined ? (
        <Waiting height={200} />
      ) : (
        <Text>This result is not among those that are listed: it ended outside of the range, or further back.</Text>
      )}
    </RecordPanel>
  );
}
