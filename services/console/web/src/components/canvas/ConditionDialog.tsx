/** Asks as what a predecessor may have ended for the task behind a link to run. */

import { Alert, Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { LinkStatus } from "../../lib/canvas/definition";
import { LINK_STATUSES } from "../../lib/canvas/definition";
import { Dialog } from "../Dialog";
import type { Ends } from "./model";

const MEANING: Readonly<Record<LinkStatus, string>> = {
  completed: "It ended successfully.",
  failed: "It failed, after all of its attempts; of a condition, it was false.",
  skipped: "It did not run, since a condition before it did not hold. This status is Waymark's own.",
};

interface ConditionDialogProps {
  readonly link: Ends;
  readonly statuses: readonly LinkStatus[];
  /** What is wrong with the link. */
  readonly problems: readonly string[];
  /** Take the statuses; return why they are refused. */
  readonly onSave: (statuses: readonly LinkStatus[]) => string | undefined;
  readonly onDelete: () => void;
  readonly onClose: () => void;
}

export function ConditionDialog({ link, statuses, problems, onSave, onDelete, onClose }: ConditionDialogProps) {
  const [chosen, setChosen] = useState(statuses);
  const [reason, setReason] = useState<string>();
  const save = (event: FormEvent) => {
    event.preventDefault();
    const refused = onSave(chosen);
    setReason(refused);
    if (refused === undefined) onClose();
  };
  return (
    <Dialog title="Condition" onClose={onClose}>
      <form onSubmit={save} noValidate>
        <Stack>
          {problems.length > 0 && <Alert color="red">{problems.join(". ")}</Alert>}
          <Checkbox.Group
            label={
              <>
                <b className="break">{link.to}</b> runs once <b className="break">{link.from}</b> has ended as
              </>
            }
            description="One of the chosen ones is enough. Every other link into the task must hold too."
            error={reason}
            value={[...chosen]}
            onChange={(next) => setChosen(LINK_STATUSES.filter((status) => next.includes(status)))}
          >
            <Stack gap={6} mt="xs">
              {LINK_STATUSES.map((status, index) => (
                <Checkbox
                  key={status}
                  value={status}
                  label={status}
                  description={MEANING[status]}
                  data-autofocus={index === 0 || undefined}
                />
              ))}
            </Stack>
          </Checkbox.Group>
          <Group justify="space-between" gap="sm">
            <Button
              variant="default"
              onClick={() => {
                onDelete();
                onClose();
              }}
            >
              Delete link
            </Button>
            <Group gap="sm">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit">Save</Button>
            </Group>
          </Group>
          <Text size="xs" className="dimmed">
            Saving changes the canvas; the workflow itself is saved by its own button.
          </Text>
        </Stack>
      </form>
    </Dialog>
  );
}
