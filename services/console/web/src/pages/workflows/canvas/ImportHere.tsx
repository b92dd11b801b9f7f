/** Takes a definition, or tasks of one, from a text or a file into the canvas. */

import { Button, Group, Radio, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { faultOf, readText } from "../../../api/bodyText";
import { Dialog } from "../../../components/Dialog";
import { DefinitionInput } from "../../../components/workflow/DefinitionInput";
import { tasksIn } from "../../../lib/canvas/clipboard";
import type { Definition } from "../../../lib/canvas/definition";
import { definitionOf } from "../../../lib/canvas/documents";
import { paste } from "../../../lib/canvas/edits";

interface ImportHereProps {
  readonly definition: Definition;
  readonly onImported: (definition: Definition) => void;
  readonly onClose: () => void;
}

export function ImportHere({ definition, onImported, onClose }: ImportHereProps) {
  const [text, setText] = useState("");
  const [mode, setMode] = useState("replace");
  const [fault, setFault] = useState<string>();
  const type = (next: string) => {
    setText(next);
    setFault(undefined);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const tasks = tasksIn(text);
    if (tasks === undefined) {
      setFault(faultOf(text) ?? "There are no tasks in it: an object with `tasks` is expected, as Export gives it");
      return;
    }
    onImported(
      mode === "add"
        ? paste(definition, tasks).definition
        : definitionOf({ ...definition, ...(readText(text) as Definition), name: definition.name }),
    );
    onClose();
  };
  return (
    <Dialog title="Import" size="lg" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <DefinitionInput
            description="JSON, as Export or copying tasks gives it; the list of workflows imports YAML too"
            accept=".json,application/json"
            value={text}
            error={fault}
            onText={type}
          />
          <Radio.Group label="What becomes of this canvas" value={mode} onChange={setMode}>
            <Stack gap={6} mt={4}>
              <Radio value="replace" label="It shows the definition instead" />
              <Radio
                value="add"
                label="The tasks are added to it"
                description="A task whose name is taken gets another"
              />
            </Stack>
          </Radio.Group>
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit">Import</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
