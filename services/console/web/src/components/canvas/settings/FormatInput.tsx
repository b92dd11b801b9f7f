/** A text with references in it, as `Hi {input.name}`. */

import { Stack, Textarea } from "@mantine/core";
import { useRef } from "react";
import { parseFormatted, slotText } from "../../../lib/canvas/formatted";
import { faultOfPath } from "../../../lib/canvas/knowable";
import { FORMAT, formatOf } from "../../../lib/canvas/values";
import { InsertReference } from "./InsertReference";
import type { ModeInputProps, Scope } from "./scope";

export function FormatInput({ id, field, given, scope, error, onChange }: ModeInputProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const text = formatOf(given) ?? "";
  const change = (next: string) => onChange({ [FORMAT]: next });
  return (
    <Stack gap={6}>
      <Textarea
        ref={area}
        id={id}
        value={text}
        readOnly={scope.isReadOnly}
        autosize
        minRows={2}
        maxRows={16}
        description="{path} and {path|filter} are replaced by their values; {{ and }} stand for braces"
        inputWrapperOrder={["input", "description", "error"]}
        classNames={{ error: "wrap" }}
        error={faultOf(text, scope) ?? error}
        onChange={(event) => change(event.currentTarget.value)}
      />
      {!scope.isReadOnly && (
        <InsertReference
          title={field.title}
          known={scope.known}
          area={area}
          hasFilters
          write={slotText}
          onType={change}
        />
      )}
    </Stack>
  );
}

function faultOf(text: string, { definition, task, isItem }: Scope): string | undefined {
  const parts = parseFormatted(text);
  if ("fault" in parts) return parts.fault;
  const slots = parts.filter((part) => typeof part !== "string");
  return slots.map((slot) => faultOfPath(slot.text, task, definition, isItem)).find((fault) => fault !== undefined);
}
