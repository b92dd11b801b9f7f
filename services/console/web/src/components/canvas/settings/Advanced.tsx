/** How often a task is tried, for how long, and what holds when it may have been done already. */

import { NativeSelect, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Retry, TaskDefinition } from "../../../lib/canvas/definition";
import { fieldOf } from "../../../lib/canvas/fields";
import { type Given, printLiteral, readLiteral } from "../../../lib/canvas/literals";
import { type TaskProblem, type TaskType, wordsAtMember } from "./scope";
import { useDraft } from "./useDraft";

interface AdvancedProps {
  readonly task: TaskDefinition;
  readonly type: TaskType;
  readonly problems: readonly TaskProblem[];
  readonly isReadOnly: boolean;
  /** The title of the field that holds the task, for one within another. */
  readonly about?: string;
  readonly onChange: (task: TaskDefinition, typing?: string) => void;
}

/** What the API takes where neither a task nor its type says otherwise. */
const RETRY: Required<Retry> = { maxAttempts: 3, initialMs: 1_000, factor: 2, maxMs: 60_000 };
const EXACTLY_ONCE = "exactly-once";
const RETRY_LABELS: readonly (readonly [keyof Retry, string])[] = [
  ["maxAttempts", "Attempts"],
  ["initialMs", "First pause in ms"],
  ["factor", "Factor of the pauses"],
  ["maxMs", "Longest pause in ms"],
];

export function Advanced({ task, type, problems, isReadOnly, about, onChange }: AdvancedProps) {
  const standard = { ...RETRY, ...type.retry };
  const of = about === undefined ? "" : ` of ${about}`;
  // As it was found: it stays open while what is in it is taken away.
  const [isOpen] = useState(task.retry != null || task.timeoutMs != null || task.effect !== undefined);
  return (
    <details open={isOpen || undefined}>
      <summary className="small">Advanced{of}</summary>
      <Stack gap="xs" mt="xs">
        <SimpleGrid cols={2} spacing="xs">
          {RETRY_LABELS.map(([name, label]) => (
            <NumberInput
              key={name}
              label={label + of}
              isWhole={name !== "factor"}
              given={task.retry?.[name]}
              standard={standard[name]}
              error={problems.find(({ member, path }) => member === "retry" && path[0] === name)?.message}
              isReadOnly={isReadOnly}
              onChange={(value) => onChange(withRetry(task, name, value), `retry.${name}`)}
            />
          ))}
        </SimpleGrid>
        <NumberInput
          label={`Timeout of an attempt in ms${of}`}
          isWhole
          given={task.timeoutMs ?? undefined}
          standard={type.timeoutMs}
          description={`At most ${type.maxTimeoutMs}`}
          error={wordsAtMember(problems, "timeoutMs")}
          isReadOnly={isReadOnly}
          onChange={(value) => onChange(withMember(task, "timeoutMs", value), "timeoutMs")}
        />
        {type.effect !== EXACTLY_ONCE && (
          <NativeSelect
            label={`Effect${of}`}
            description="At most once: if it is cut short, it fails and is not tried again"
            disabled={isReadOnly}
            error={wordsAtMember(problems, "effect")}
            data={[
              { value: "", label: `${type.effect} (as the type has it)` },
              { value: "at-least-once", label: "at-least-once" },
              { value: "at-most-once", label: "at-most-once" },
            ]}
            value={task.effect ?? ""}
            onChange={(event) => onChange(withMember(task, "effect", event.currentTarget.value || undefined))}
          />
        )}
      </Stack>
    </details>
  );
}

interface NumberInputProps {
  readonly label: string;
  readonly isWhole: boolean;
  readonly given: number | undefined;
  /** What holds when nothing is given. */
  readonly standard: number;
  readonly description?: string;
  readonly error: string | undefined;
  readonly isReadOnly: boolean;
  readonly onChange: (value: number | undefined) => void;
}

function NumberInput({ label, isWhole, given, standard, description, error, isReadOnly, onChange }: NumberInputProps) {
  const field = fieldOf(label, { type: isWhole ? "integer" : "number" }, false);
  const draft = useDraft({
    given,
    print: (value: Given) => printLiteral(field, value),
    read: (text) => readLiteral(field, text),
    onChange: (value) => onChange(value as number | undefined),
  });
  return (
    <TextInput
      label={label}
      description={description}
      inputMode="decimal"
      placeholder={String(standard)}
      readOnly={isReadOnly}
      value={draft.text}
      error={draft.fault ?? error}
      onChange={(event) => draft.type(event.currentTarget.value)}
    />
  );
}

function withRetry(task: TaskDefinition, name: keyof Retry, value: number | undefined): TaskDefinition {
  const { [name]: _, ...rest } = task.retry ?? {};
  const retry: Retry = value === undefined ? rest : { ...rest, [name]: value };
  return withMember(task, "retry", Object.keys(retry).length === 0 ? undefined : retry);
}

function withMember<K extends "retry" | "timeoutMs" | "effect">(
  task: TaskDefinition,
  name: K,
  value: unknown,
): TaskDefinition {
  const { [name]: _, ...rest } = task;
  return (value === undefined ? rest : { ...rest, [name]: value }) as TaskDefinition;
}
