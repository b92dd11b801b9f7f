/** What a workflow has besides its tasks: what it is for, who may run it, for how long, how often at a time, its output. */

import { NativeSelect, NumberInput, Textarea } from "@mantine/core";
import { useState } from "react";
import { faultOf, readText } from "../../../api/bodyText";
import { SettingsPanel } from "../../../components/canvas/SettingsPanel";
import type { Definition, Json } from "../../../lib/canvas/definition";
import { isSame } from "../../../lib/canvas/documents";
import { ofWorkflow, type Problem, wordsOf } from "../../../lib/canvas/problems";

interface WorkflowSettingsProps {
  readonly definition: Definition;
  readonly problems: readonly Problem[];
  readonly isReadOnly: boolean;
  readonly onChange: (definition: Definition, gesture?: string) => void;
  readonly onClose: () => void;
}

const SECOND_MS = 1_000;
const ACCESS = [
  { value: "editor", label: "editors" },
  { value: "viewer", label: "viewers too" },
];

export function WorkflowSettings({ definition, problems, isReadOnly, onChange, onClose }: WorkflowSettingsProps) {
  const own = ofWorkflow(problems);
  const errorOf = (member: string) =>
    own
      .filter((one) => one.member === member)
      .map(wordsOf)
      .join("\n") || undefined;
  const change = (changes: Partial<Definition>, field?: string) =>
    onChange({ ...definition, ...changes }, field && `typing workflow.${field}`);
  const { description, access = "editor", timeoutMs, maxSessions } = definition;
  return (
    <SettingsPanel title="Workflow settings" onClose={onClose}>
      <Textarea
        label="Description"
        autosize
        minRows={2}
        readOnly={isReadOnly}
        value={description ?? ""}
        error={errorOf("description")}
        onChange={(event) => change({ description: event.currentTarget.value || null }, "description")}
      />
      <NativeSelect
        label="Who may run it"
        data={ACCESS}
        disabled={isReadOnly}
        value={access}
        error={errorOf("access")}
        onChange={(event) => change({ access: event.currentTarget.value === "viewer" ? "viewer" : "editor" })}
      />
      <NumberInput
        label="Timeout in seconds"
        description="A session that takes longer fails"
        min={0.001}
        readOnly={isReadOnly}
        value={timeoutMs == null ? "" : timeoutMs / SECOND_MS}
        error={errorOf("timeoutMs")}
        onChange={(value) => change({ timeoutMs: wholeOf(value, SECOND_MS) ?? undefined }, "timeoutMs")}
      />
      <NumberInput
        label="Sessions at a time"
        description="The others wait; empty for as many as come"
        min={1}
        allowDecimal={false}
        readOnly={isReadOnly}
        value={maxSessions ?? ""}
        error={errorOf("maxSessions")}
        onChange={(value) => change({ maxSessions: wholeOf(value) }, "maxSessions")}
      />
      <Output definition={definition} error={errorOf("output")} isReadOnly={isReadOnly} onChange={change} />
    </SettingsPanel>
  );
}

function wholeOf(value: number | string, unit = 1): number | null {
  return value === "" || !Number.isFinite(Number(value)) ? null : Math.round(Number(value) * unit);
}

interface OutputProps {
  readonly definition: Definition;
  readonly error: string | undefined;
  readonly isReadOnly: boolean;
  readonly onChange: (changes: Partial<Definition>, field: string) => void;
}

/** The output as JSON. What is typed stays as it is typed, and takes effect whenever it is JSON. */
function Output({ definition: { output }, error, isReadOnly, onChange }: OutputProps) {
  const [typed, setTyped] = useState<{ readonly text: string; readonly output: Json | undefined }>();
  const isTyped = typed !== undefined && isSame(typed.output, output);
  const text = isTyped ? typed.text : output === undefined ? "" : JSON.stringify(output, null, 2);
  const fault = text.trim() === "" ? undefined : faultOf(text);
  const type = (next: string) => {
    const isEmpty = next.trim() === "";
    const isRead = isEmpty || faultOf(next) === undefined;
    const read = isEmpty ? undefined : isRead ? (readText(next) as Json) : output;
    setTyped({ text: next, output: read });
    if (!isSame(read, output)) onChange({ output: read }, "output");
  };
  return (
    <Textarea
      label="Output"
      description='JSON: {"$ref": "tasks.Fetch.output"} and the like; empty for what every task has put out'
      autosize
      minRows={3}
      maxRows={12}
      spellCheck={false}
      classNames={{ input: "code", error: "wrap" }}
      readOnly={isReadOnly}
      value={text}
      error={fault ?? error}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}
