/** A value that is taken from elsewhere: chosen from what is known, or typed, with a default for where it leads nowhere. */

import { Autocomplete, Stack } from "@mantine/core";
import { fieldOf } from "../../../lib/canvas/fields";
import { faultOfPath } from "../../../lib/canvas/knowable";
import { type Given, VALUE } from "../../../lib/canvas/literals";
import { type Reference, refer, referenceOf } from "../../../lib/canvas/values";
import { groupsOf } from "./InsertReference";
import { LiteralInput } from "./LiteralInput";
import type { ModeInputProps } from "./scope";

export function ReferenceInput({ id, field, given, scope, error, onChange }: ModeInputProps) {
  const { path, default: otherwise } = referenceOf(given) ?? { path: "", default: undefined };
  const { definition, task, isItem, isReadOnly, known } = scope;
  const change = (changes: Partial<Reference>) => onChange(refer({ path, default: otherwise, ...changes }));
  const standard = fieldOf(
    "default",
    { ...field.schema, title: undefined, description: undefined, default: undefined },
    false,
  );
  return (
    <Stack gap={6}>
      <Autocomplete
        id={id}
        value={path}
        data={groupsOf(known)}
        readOnly={isReadOnly}
        maxDropdownHeight={300}
        placeholder="tasks.Fetch.output.body.total"
        spellCheck={false}
        classNames={{ input: "code", error: "wrap" }}
        error={faultOfPath(path, task, definition, isItem) ?? error}
        onChange={(next) => change({ path: next })}
      />
      <LiteralInput
        field={standard}
        label={`Default of ${field.title}`}
        given={otherwise === undefined ? undefined : { [VALUE]: otherwise }}
        error={undefined}
        isReadOnly={isReadOnly}
        onChange={(next) => change({ default: unwrapped(next) })}
      />
    </Stack>
  );
}

/** A default is a literal as it is. */
function unwrapped(given: Given): Given {
  return typeof given === "object" && given !== null && VALUE in given ? (given as { [VALUE]: Given })[VALUE] : given;
}
