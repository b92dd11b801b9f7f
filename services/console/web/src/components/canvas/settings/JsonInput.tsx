/** A value written as a definition has it: JSON that may hold references, texts and blanks. */

import { Stack, Textarea } from "@mantine/core";
import { useRef } from "react";
import type { Json } from "../../../lib/canvas/definition";
import { REFERENCE } from "../../../lib/canvas/values";
import { faultOf } from "../../../lib/json/fault";
import { InsertReference } from "./InsertReference";
import type { ModeInputProps } from "./scope";
import { useDraft } from "./useDraft";

export function JsonInput({ id, field, given, scope, error, onChange }: ModeInputProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const draft = useDraft({ given, print: (value) => JSON.stringify(value ?? null, null, 2), read, onChange });
  return (
    <Stack gap={6}>
      <Textarea
        ref={area}
        id={id}
        value={draft.text}
        readOnly={scope.isReadOnly}
        autosize
        minRows={3}
        maxRows={24}
        spellCheck={false}
        description={'{"$ref": "path"}, {"$format": "text"} and {"$blank": {}} may stand anywhere; "" is a blank'}
        inputWrapperOrder={["input", "description", "error"]}
        classNames={{ input: "code", error: "wrap" }}
        error={draft.fault ?? error}
        onChange={(event) => draft.type(event.currentTarget.value)}
      />
      {!scope.isReadOnly && (
        <InsertReference
          title={field.title}
          known={scope.known}
          area={area}
          write={(path) => JSON.stringify({ [REFERENCE]: path })}
          onType={draft.type}
        />
      )}
    </Stack>
  );
}

function read(text: string): { readonly given: Json } | { readonly fault: string } {
  const fault = faultOf(text);
  return fault === undefined ? { given: JSON.parse(text) } : { fault };
}
