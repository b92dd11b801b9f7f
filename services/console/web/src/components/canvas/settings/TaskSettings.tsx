/** All that a task has besides its place: its name, its fields each in a mode, what it runs after, how it is tried. */

import { Code, Stack, Text } from "@mantine/core";
import { useMemo, useRef } from "react";
import type { Definition, TaskDefinition } from "../../../lib/canvas/definition";
import { asSchema, typesOf } from "../../../lib/canvas/fields";
import { knowableTo } from "../../../lib/canvas/knowable";
import { Words } from "../../Words";
import { SettingsPanel } from "../SettingsPanel";
import { Advanced } from "./Advanced";
import { IntegrationInput } from "./IntegrationInput";
import { NameInput } from "./NameInput";
import { RunsAfter } from "./RunsAfter";
import type { IntegrationName, Scope, TaskProblem, TaskType } from "./scope";
import { TaskFields } from "./TaskFields";
import { TryTask } from "./TryTask";

interface TaskSettingsProps {
  readonly definition: Definition;
  readonly name: string;
  /** The type of the task; undefined when there is none of its name. */
  readonly type: TaskType | undefined;
  readonly types: readonly TaskType[];
  readonly integrations: readonly IntegrationName[];
  readonly problems: readonly PlacedProblem[];
  readonly isReadOnly: boolean;
  /** `typing` names the field that is being typed in: changes with the same one after another are one step. */
  readonly onChange: (task: TaskDefinition, typing?: { readonly field: string }) => void;
  /** Return why the task cannot be called so; undefined once it is. */
  readonly onRename: (name: string) => string | undefined;
  readonly onConnect: (from: string) => void;
  readonly onDisconnect: (from: string) => void;
  readonly onClose: () => void;
}

/** What is wrong with a definition, at which task or link. */
export interface PlacedProblem extends TaskProblem {
  readonly task: string | null;
  readonly from: string | null;
}

export function TaskSettings(props: TaskSettingsProps) {
  const { definition, name, type, types, integrations, isReadOnly, onRename, onClose } = props;
  const task = definition.tasks[name];
  const known = useMemo(() => knowableTo(name, definition, types), [name, definition, types]);
  const shown = useRef({ name, key: 0 });
  if (shown.current.name !== name) shown.current = { name, key: shown.current.key + 1 };
  if (task === undefined) return null;
  const rename = (to: string) => {
    const refusal = onRename(to);
    // The same task under another name keeps its inputs, and the click that left the name finds its target.
    if (refusal === undefined) shown.current.name = to;
    return refusal;
  };
  const scope: Scope = { definition, task: name, types, integrations, known, isItem: false, isReadOnly };
  return (
    <SettingsPanel title="Task settings" onClose={onClose}>
      <NameInput name={name} isReadOnly={isReadOnly} onRename={rename} />
      {type === undefined ? <Text size="sm">There is no type of tasks “{task.type}”.</Text> : <About type={type} />}
      {/* What is typed in one task and is no value yet never shows in another. */}
      <Settings key={shown.current.key} {...props} task={task} scope={scope} />
    </SettingsPanel>
  );
}

interface SettingsProps extends TaskSettingsProps {
  readonly task: TaskDefinition;
  readonly scope: Scope;
}

function Settings({ task, scope, name, type, problems, isReadOnly, ...on }: SettingsProps) {
  const own = problems.filter((one) => one.task === name && one.from === null);
  const errors = new Map(
    problems.flatMap(({ task: to, from, message }) => (to === name && from !== null ? [[from, message] as const] : [])),
  );
  const change = (next: TaskDefinition, typing?: string) =>
    typing === undefined ? on.onChange(next) : on.onChange(next, { field: `${name}.${typing}` });
  return (
    <>
      {type !== undefined && (
        <>
          <TaskFields task={task} type={type} place={[name]} scope={scope} problems={own} onChange={change} />
          <IntegrationInput task={task} type={type} scope={scope} problems={own} onChange={change} />
        </>
      )}
      <RunsAfter
        task={task}
        scope={scope}
        errors={errors}
        onConnect={on.onConnect}
        onDisconnect={on.onDisconnect}
        onChange={change}
      />
      {type !== undefined && (
        <>
          <Advanced task={task} type={type} problems={own} isReadOnly={isReadOnly} onChange={change} />
          {!isReadOnly && <TryTask name={name} task={task} type={type} />}
        </>
      )}
    </>
  );
}

function About({ type }: { readonly type: TaskType }) {
  const outputs = Object.entries(asSchema(type.outputs.properties)).map(([name, schema]) => ({
    name,
    types: typesOf(asSchema(schema)).join(" or ") || "any JSON",
    description: asSchema(schema).description,
  }));
  return (
    <Stack gap={4}>
      <Text size="sm">
        <strong>{type.title}</strong>: <Words of={type.description} />
      </Text>
      <details>
        <summary className="small">Outputs of {type.title}</summary>
        <ul className="small">
          {outputs.map(({ name, types, description }) => (
            <li key={name}>
              <Code>{name}</Code> {types}
              {typeof description === "string" && <Words of={`: ${description}`} />}
            </li>
          ))}
        </ul>
      </details>
    </Stack>
  );
}
