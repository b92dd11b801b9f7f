/** Why a save was refused, and what to do: go to what is wrong, or decide between two people's changes. */

import { Alert, Anchor, Button, Group, List, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { Problem as RequestProblem } from "../../../api/problem";
import { Failed } from "../../../components/states/Failed";
import { type Problem, wordsOf } from "../../../lib/canvas/problems";
import { CHANGED_MEANWHILE, type Draft } from "./useDraft";

interface NotSavedProps {
  readonly draft: Draft;
  readonly isRun: boolean;
  readonly problems: readonly Problem[];
  readonly onSelect: (task: string) => void;
}

const MOST = 8;

export function NotSaved({ draft, isRun, problems, onSelect }: NotSavedProps) {
  const { refusal, refused, definition, version } = draft;
  const decided = useMutation<void, RequestProblem, () => Promise<void>>({ mutationFn: (act) => act() });
  if (refusal === null || draft.isSaving) return null;
  if (refusal.status === CHANGED_MEANWHILE) {
    return (
      <Alert color="red" role="alert" title="Changed meanwhile">
        <Stack gap="xs" align="flex-start">
          <Text size="sm">
            Somebody saved this workflow after you opened version {version}. Look at theirs first: Undo brings your
            changes back. Or save yours over it; theirs stays among the versions.
          </Text>
          <Group gap="sm">
            <Button size="compact-sm" variant="default" onClick={() => decided.mutate(draft.takeTheirs)}>
              Show theirs
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => decided.mutate(() => draft.saveOver(isRun))}>
              Save over it
            </Button>
          </Group>
          {decided.isError && <Failed what="the workflow" problem={decided.error} />}
        </Stack>
      </Alert>
    );
  }
  // Once it is changed, what is wrong with it stands at the tasks alone.
  if (refused !== definition) return null;
  const errors = problems.filter(({ isWarning }) => !isWarning);
  if (errors.length === 0) return <Failed what="the workflow" verb="save" problem={refusal} />;
  return (
    <Alert color="red" role="alert" title="Could not save the workflow">
      <List size="sm">
        {errors.slice(0, MOST).map((one) => (
          <List.Item key={JSON.stringify(one)} className="break">
            <Place of={one} onSelect={onSelect} />: {wordsOf(one)}
          </List.Item>
        ))}
      </List>
      {errors.length > MOST && <Text size="sm">and {errors.length - MOST} more, each at its task</Text>}
    </Alert>
  );
}

function Place({ of, onSelect }: { readonly of: Problem; readonly onSelect: (task: string) => void }) {
  const { task, from, field, member } = of;
  if (task === null) return member ?? "The workflow";
  const place = from === null ? (field ?? member) : `after ${from}`;
  return (
    <Anchor component="button" type="button" inherit onClick={() => onSelect(task)}>
      {place === null ? task : `${task}, ${place}`}
    </Anchor>
  );
}
