/** A task within a task, as for-each does one for every item: its type, and the settings that it has itself. */

import { Fieldset, NativeSelect, Stack, Text } from "@mantine/core";
import type { Json, TaskDefinition } from "../../../lib/canvas/definition";
import type { Field } from "../../../lib/canvas/fields";
import { knowableTo } from "../../../lib/canvas/knowable";
import type { Given } from "../../../lib/canvas/literals";
import { innerTaskOf, typeNamed } from "../../../lib/canvas/placed";
import { Words } from "../../Words";
import { Advanced } from "./Advanced";
import { IntegrationInput } from "./IntegrationInput";
import { type Scope, type TaskProblem, wordsAtMember } from "./scope";
import { TaskFields } from "./TaskFields";

interface InnerTaskProps {
  readonly field: Field;
  readonly given: Given;
  /** The keys under which its blanks are asked for. */
  readonly place: readonly string[];
  readonly scope: Scope;
  readonly problems: readonly TaskProblem[];
  readonly error: string | undefined;
  readonly onChange: (given: Given, typing?: string) => void;
}

export function InnerTask({ field, given, place, scope, problems, error, onChange }: InnerTaskProps) {
  const task = innerTaskOf(given);
  const type = typeNamed(scope.types, task.type);
  const known = knowableTo(scope.task, scope.definition, scope.types, true);
  const change = (next: TaskDefinition, typing?: string) => onChange(next as unknown as Json, typing);
  const inner = { ...scope, known, isItem: true };
  // One within itself is refused.
  const choices = scope.types.filter((one) => !holdsTask(one));
  return (
    <Fieldset legend={field.title}>
      <Stack gap="md">
        <Text size="sm" className="dimmed">
          <Words of={field.description ?? ""} /> It may name <code>item</code> and <code>index</code>.
        </Text>
        <NativeSelect
          label={`Type of ${field.title}`}
          aria-required
          disabled={scope.isReadOnly}
          error={wordsAtMember(problems, "type") ?? error}
          data={[
            ...(type === undefined ? [{ value: "", label: "to be chosen" }] : []),
            ...choices.map((one) => ({ value: one.type, label: one.title })),
          ]}
          value={type?.type ?? ""}
          onChange={(event) => change({ type: event.currentTarget.value })}
        />
        {type !== undefined && (
          <>
            <TaskFields key={type.type} {...{ task, type, place, problems }} scope={inner} onChange={change} />
            <IntegrationInput {...{ task, type, problems }} scope={inner} onChange={change} />
            <Advanced
              {...{ task, type, problems }}
              about={field.title}
              isReadOnly={scope.isReadOnly}
              onChange={change}
            />
          </>
        )}
      </Stack>
    </Fieldset>
  );
}

function holdsTask({ fields }: { readonly fields: Readonly<Record<string, unknown>> }): boolean {
  return JSON.stringify(fields).includes('"x-task":true');
}
