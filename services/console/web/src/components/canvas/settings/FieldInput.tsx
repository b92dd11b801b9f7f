/** One field of a task: the choice of its mode, and the input that the mode has. */

import { Group, Input, SegmentedControl, Stack, Text } from "@mantine/core";
import { type ReactNode, useId, useState } from "react";
import type { Field } from "../../../lib/canvas/fields";
import type { Given } from "../../../lib/canvas/literals";
import { isShownIn, type Mode, modeOf, modesOf, valueIn } from "../../../lib/canvas/values";
import { BlankInput } from "./BlankInput";
import { FormatInput } from "./FormatInput";
import { JsonInput } from "./JsonInput";
import { LiteralInput } from "./LiteralInput";
import { ReferenceInput } from "./ReferenceInput";
import type { Scope } from "./scope";

interface FieldInputProps {
  readonly field: Field;
  readonly given: Given;
  /** The keys under which its blank is asked for. */
  readonly place: readonly string[];
  readonly scope: Scope;
  readonly error: string | undefined;
  /** `isTyping` tells what belongs to one step with what was typed before from a step of its own. */
  readonly onChange: (given: Given, isTyping: boolean) => void;
}

const WORDS: Readonly<Record<Mode, string>> = {
  value: "Value",
  blank: "Blank",
  reference: "Reference",
  text: "Text",
  json: "JSON",
};

export function FieldInput({ field, given, place, scope, error, onChange }: FieldInputProps) {
  const id = useId();
  const [chosen, setChosen] = useState<Mode>();
  // JSON can show what the other modes can, so that it stays until another one is chosen.
  const mode = chosen === "json" && isShownIn(chosen, given, field) ? chosen : modeOf(given, field);
  const choose = (next: Mode) => {
    setChosen(next);
    const value = valueIn(next, given, field);
    if (value !== given) onChange(value, false);
  };
  const type = (value: Given) => onChange(value, true);
  return (
    <Stack gap={4}>
      <Group gap={4} justify="space-between">
        <Title id={mode === "blank" ? undefined : id} isRequired={field.isRequired}>
          {field.title}
        </Title>
        <SegmentedControl
          size="xs"
          aria-label={`Mode of ${field.title}`}
          readOnly={scope.isReadOnly}
          value={mode}
          onChange={(next) => choose(next as Mode)}
          data={modesOf(field).map((one) => ({ value: one, label: WORDS[one] }))}
        />
      </Group>
      {mode === "value" && (
        <LiteralInput id={id} field={field} given={given} error={error} isReadOnly={scope.isReadOnly} onChange={type} />
      )}
      {mode === "blank" && (
        <BlankInput
          field={field}
          given={given ?? ""}
          place={place}
          error={error}
          isReadOnly={scope.isReadOnly}
          onChange={type}
        />
      )}
      {mode === "reference" && <ReferenceInput {...{ id, field, given, scope, error }} onChange={type} />}
      {mode === "text" && <FormatInput {...{ id, field, given, scope, error }} onChange={type} />}
      {mode === "json" && <JsonInput {...{ id, field, given, scope, error }} onChange={type} />}
    </Stack>
  );
}

interface TitleProps {
  /** Of the input that it names. */
  readonly id: string | undefined;
  readonly isRequired: boolean;
  readonly children: ReactNode;
}

function Title({ id, isRequired, children }: TitleProps) {
  const mark = isRequired ? <span aria-hidden="true"> *</span> : null;
  if (id === undefined) {
    return (
      <Text component="span" size="sm" fw={500}>
        {children}
        {mark}
      </Text>
    );
  }
  return (
    <Input.Label htmlFor={id}>
      {children}
      {mark}
    </Input.Label>
  );
}
