/** The integration that a task uses, of those that its type takes. */

import { NativeSelect, Text } from "@mantine/core";
import type { TaskDefinition } from "../../../lib/canvas/definition";
import { PageLink } from "../../PageLink";
import { type Scope, type TaskProblem, type TaskType, wordsAtMember } from "./scope";

interface IntegrationInputProps {
  readonly task: TaskDefinition;
  readonly type: TaskType;
  readonly scope: Scope;
  readonly problems: readonly TaskProblem[];
  readonly onChange: (task: TaskDefinition) => void;
}

export function IntegrationInput({ task, type, scope, problems, onChange }: IntegrationInputProps) {
  if (type.integrations.length === 0) return null;
  const fitting = scope.integrations.filter((one) => type.integrations.includes(one.type));
  const { integration, ...rest } = task;
  const isMissing = integration != null && !fitting.some((one) => one.name === integration);
  const none = type.needsIntegration ? "to be chosen" : "none";
  const kinds = type.integrations.join(" or ");
  if (fitting.length === 0 && !isMissing) {
    return (
      <Text size="sm">
        {type.needsIntegration ? "It needs" : "It may use"} an integration of the type {kinds}, and there is none yet:{" "}
        <PageLink to="/integrations" underline="always">
          Integrations
        </PageLink>
      </Text>
    );
  }
  return (
    <NativeSelect
      label="Integration"
      aria-required={type.needsIntegration}
      description={type.needsIntegration ? undefined : "May be left out"}
      disabled={scope.isReadOnly}
      error={wordsAtMember(problems, "integration")}
      data={[
        { value: "", label: none },
        ...fitting.map((one) => ({ value: one.name, label: one.name })),
        ...(isMissing ? [{ value: integration, label: `${integration} (there is none of that name)` }] : []),
      ]}
      value={integration ?? ""}
      onChange={(event) => {
        const chosen = event.currentTarget.value;
        onChange(chosen === "" ? rest : { ...rest, integration: chosen });
      }}
    />
  );
}
