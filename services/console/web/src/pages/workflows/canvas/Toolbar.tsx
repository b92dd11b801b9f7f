/** Saving a workflow, undoing and redoing, and what else changes its canvas as a whole. */

import { Button, Checkbox, Group, Loader, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMay } from "../../../state/me";
import { ImportHere } from "./ImportHere";
import type { Draft, Workflow } from "./useDraft";

interface ToolbarProps {
  readonly workflow: Workflow;
  readonly draft: Draft;
  /** Of an active workflow: whether calls run what is saved. */
  readonly isRun: boolean;
  readonly onRunChange: (isRun: boolean) => void;
  readonly onSave: () => void;
  readonly onSettings: () => void;
}

/** The button that opens the workflow's settings, by its id: the focus goes back to it. */
export const SETTINGS_BUTTON = "workflow-settings";

export function Toolbar({ workflow, draft, isRun, onRunChange, onSave, onSettings }: ToolbarProps) {
  const mayEdit = useMay("editor");
  const [isImporting, { open, close }] = useDisclosure(false);
  const { isUnsaved, isSaving } = draft;
  const settings = (
    <Button id={SETTINGS_BUTTON} size="compact-sm" variant="default" onClick={onSettings}>
      Workflow settings
    </Button>
  );
  if (!mayEdit) return <Group gap="xs">{settings}</Group>;
  return (
    <Group gap="xs">
      {/* Stays in reach of the focus when there is nothing to save. */}
      <Button
        size="compact-sm"
        onClick={() => isUnsaved && onSave()}
        data-disabled={!isUnsaved || undefined}
        aria-disabled={!isUnsaved}
        aria-busy={isSaving}
        aria-keyshortcuts="Control+S"
        leftSection={isSaving ? <Loader size={14} color="currentColor" aria-hidden="true" /> : undefined}
      >
        Save
      </Button>
      <Step name="Undo" keys="Control+Z" isPossible={draft.canUndo} onClick={draft.undo} />
      <Step name="Redo" keys="Control+Shift+Z" isPossible={draft.canRedo} onClick={draft.redo} />
      {settings}
      <Button size="compact-sm" variant="default" onClick={open} aria-haspopup="dialog">
        Import
      </Button>
      {workflow.active && (
        <Checkbox
          label="Calls run what is saved"
          checked={isRun}
          onChange={(event) => onRunChange(event.currentTarget.checked)}
        />
      )}
      <Text size="sm" className="dimmed" role="status">
        {isUnsaved ? "Not saved" : `Version ${draft.version}, saved`}
      </Text>
      {isImporting && (
        <ImportHere definition={draft.definition} onImported={(next) => draft.change(next)} onClose={close} />
      )}
    </Group>
  );
}

interface StepProps {
  readonly name: string;
  readonly keys: string;
  readonly isPossible: boolean;
  readonly onClick: () => void;
}

function Step({ name, keys, isPossible, onClick }: StepProps) {
  return (
    <Button
      size="compact-sm"
      variant="default"
      onClick={() => isPossible && onClick()}
      data-disabled={!isPossible || undefined}
      aria-disabled={!isPossible}
      aria-keyshortcuts={keys}
    >
      {name}
    </Button>
  );
}
