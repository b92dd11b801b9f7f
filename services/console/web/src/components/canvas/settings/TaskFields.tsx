/** The fields of a task, in the order of its type's form. */

import { Stack } from "@mantine/core";
import type { TaskDefinition } from "../../../lib/canvas/definition";
import { fieldsOf } from "../../../lib/canvas/fields";
import type { Given } from "../../../lib/canvas/literals";
import { FieldInput } from "./FieldInput";
import { InnerTask } from "./InnerTask";
import { problemsWithin, type Scope, type TaskProblem, type TaskType, wordsAt } from "./scope";

interface TaskFieldsProps {
  readonly task: TaskDefinition;
  readonly type: TaskType;
  /** The keys under which its blanks are asked for. */
  readonly place: readonly string[];
  readonly scope: Scope;
  readonly problems: readonly TaskProblem[];
  /** `typing` names the field that is being typed in; absent for a step of its own. */
  readonly onChange: (task: TaskDefinition, typing?: string) => void;
}

export function TaskFields({ task, type, place, scope, problems, onChange }: TaskFieldsProps) {
  const set = (field: string, given: Given, typing?: string) =>
    onChange({ ...task, body: withField(task.body ?? {}, field, given) }, typing);
  return (
    <Stack gap="md">
      {fieldsOf(type.fields).map((field) =>
        field.kind === "task" ? (
          <InnerTask
            key={field.name}
            field={field}
            given={task.body?.[field.name]}
            place={[...place, field.name, "body"]}
            scope={scope}
            problems={problemsWithin(problems, field.name)}
            error={wordsAt(
              problems.filter(({ path }) => path.length === 0),
              field.name,
            )}
            onChange={(given, typing) =>
              set(field.name, given, typing === undefined ? undefined : `${field.name}.${typing}`)
            }
          />
        ) : (
          <FieldInput
            key={field.name}
            field={field}
            given={task.body?.[field.name]}
            place={[...place, field.name]}
            scope={scope}
            error={wordsAt(problems, field.name)}
            onChange={(given, isTyping) => set(field.name, given, isTyping ? field.name : undefined)}
          />
        ),
      )}
    </Stack>
  );
}

type Body = NonNullable<TaskDefinition["body"]>;

function withField(body: Body, field: string, given: Given): Body {
  if (given !== undefined) return { ...body, [field]: given };
  const { [field]: _, ...rest } = body;
  return rest;
}
