/** Does a task once, by itself, with the values that its fields have, and shows what came of it. */

import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas } from "../../../api/client";
import type { Problem } from "../../../api/problem";
import type { Json as JsonValue, TaskDefinition } from "../../../lib/canvas/definition";
import { fieldsOf } from "../../../lib/canvas/fields";
import { literalOf } from "../../../lib/canvas/literals";
import { Dialog } from "../../Dialog";
import { Json } from "../../Json";
import { Failed } from "../../states/Failed";
import type { TaskType } from "./scope";

interface TryTaskProps {
  readonly name: string;
  readonly task: TaskDefinition;
  readonly type: TaskType;
}

export function TryTask({ name, task, type }: TryTaskProps) {
  const [isAsking, setIsAsking] = useState(false);
  const body = literalBody(task, type);
  const trial = useMutation<Schemas["TrialOut"], Problem, Record<string, JsonValue>>({
    mutationFn: async (values) => {
      const params = { path: { type: type.type } };
      const integration = task.integration ?? null;
      const { data } = await api.POST("/api/v1/task-types/{type}/try", { params, body: { body: values, integration } });
      return data as Schemas["TrialOut"];
    },
    gcTime: 0,
  });
  if (!canBeTried(type)) return null;
  const isPure = type.effect === "pure";
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Button
          size="compact-sm"
          variant="default"
          disabled={body === undefined}
          loading={trial.isPending}
          onClick={() => {
            if (body === undefined) return;
            if (isPure) trial.mutate(body);
            else setIsAsking(true);
          }}
        >
          Try
        </Button>
        <Text size="sm" className="dimmed">
          {body === undefined ? "Once all of its fields have values" : "Does it once, with these values"}
        </Text>
      </Group>
      {isAsking && body !== undefined && (
        <Dialog title={`Try ${name}?`} onClose={() => setIsAsking(false)}>
          <Stack>
            <Text size="sm">The task really runs: what it sends is sent, and what it writes is written.</Text>
            <Group justify="flex-end" gap="sm">
              <Button variant="default" onClick={() => setIsAsking(false)} data-autofocus>
                Cancel
              </Button>
              <Button
                onClick={() => {
                  setIsAsking(false);
                  trial.mutate(body);
                }}
              >
                Try
              </Button>
            </Group>
          </Stack>
        </Dialog>
      )}
      {trial.isError && <Failed verb="try" what={name} problem={trial.error} />}
      {trial.data !== undefined && <Outcome outcome={trial.data} />}
    </Stack>
  );
}

function Outcome({ outcome: { status, output, error, log } }: { readonly outcome: Schemas["TrialOut"] }) {
  return (
    <Stack component="section" aria-label="Outcome of the trial" gap="xs">
      {status === "failed" ? (
        <Alert color="red" role="alert" title="It failed">
          <Code>{error?.code}</Code> {error?.message}
        </Alert>
      ) : (
        <Text size="sm" role="status">
          It completed, with this output:
        </Text>
      )}
      {status === "completed" && <Json value={output} />}
      {log != null && log !== "" && (
        <Code block aria-label="What it printed">
          {log}
        </Code>
      )}
    </Stack>
  );
}

/** Return whether a type can be done outside of a session: not what waits, nor what the session itself does. */
function canBeTried(type: TaskType): boolean {
  return type.effect !== "exactly-once" && fieldsOf(type.fields).every((field) => field.kind !== "task");
}

/** Return the values of a task's fields; undefined when some are known only in a session. */
function literalBody(task: TaskDefinition, type: TaskType): Record<string, JsonValue> | undefined {
  const body: Record<string, JsonValue> = {};
  for (const { name, isRequired, isLiteral } of fieldsOf(type.fields)) {
    const given = task.body?.[name];
    if (given === undefined || given === null) {
      if (isRequired) return undefined;
      continue;
    }
    const literal = isLiteral ? given : literalOf(given);
    if (literal === undefined) return undefined;
    body[name] = literal;
  }
  return body;
}
