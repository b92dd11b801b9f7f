/** The tasks after which a task runs, and what they may have ended as: how to connect tasks without a mouse. */

import { Checkbox, Group, MultiSelect, Stack } from "@mantine/core";
import { LINK_STATUSES, type LinkStatus, type TaskDefinition } from "../../../lib/canvas/definition";
import { possiblePredecessors } from "../../../lib/canvas/knowable";
import type { Scope } from "./scope";

interface RunsAfterProps {
  readonly task: TaskDefinition;
  readonly scope: Scope;
  /** What is wrong with its links, by the tasks that they come from. */
  readonly errors: ReadonlyMap<string, string>;
  readonly onConnect: (from: string) => void;
  readonly onDisconnect: (from: string) => void;
  readonly onChange: (task: TaskDefinition) => void;
}

export function RunsAfter({ task, scope, errors, onConnect, onDisconnect, onChange }: RunsAfterProps) {
  const { executeAfter = {} } = task;
  const chosen = Object.keys(executeAfter);
  const possible = possiblePredecessors(scope.task, scope.definition);
  const choose = (next: readonly string[]) => {
    for (const from of next) if (!chosen.includes(from)) onConnect(from);
    for (const from of chosen) if (!next.includes(from)) onDisconnect(from);
  };
  const setStatuses = (from: string, statuses: readonly string[]) => {
    const inOrder = LINK_STATUSES.filter((one) => statuses.includes(one));
    if (inOrder.length > 0) onChange({ ...task, executeAfter: { ...executeAfter, [from]: inOrder } });
  };
  return (
    <Stack gap="xs">
      <MultiSelect
        label="Runs after"
        description="Tasks that already run after this one are not offered"
        placeholder={chosen.length === 0 ? "Nothing: it runs at once" : undefined}
        readOnly={scope.isReadOnly}
        data={[...new Set([...possible, ...chosen])]}
        value={chosen}
        searchable
        hidePickedOptions
        nothingFoundMessage="No other task"
        onChange={choose}
      />
      {Object.entries(executeAfter).map(([from, statuses]) => (
        <Checkbox.Group
          key={from}
          size="sm"
          label={`Runs when ${from}`}
          error={errors.get(from)}
          value={[...statuses]}
          onChange={(next) => setStatuses(from, next)}
        >
          <Group gap="md" mt={4}>
            {LINK_STATUSES.map((status) => (
              <Checkbox
                key={status}
                size="xs"
                value={status}
                label={status}
                disabled={scope.isReadOnly || isLast(statuses, status)}
              />
            ))}
          </Group>
        </Checkbox.Group>
      ))}
    </Stack>
  );
}

/** Return whether a status is the only one of a link: without any it would never hold. */
function isLast(statuses: readonly LinkStatus[], status: LinkStatus): boolean {
  return statuses.length === 1 && statuses[0] === status;
}
