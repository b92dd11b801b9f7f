/** A blank: what whoever runs the workflow is asked for, and what may be said of it besides what its field says. */

import { Checkbox, Code, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { type Field, fieldOf } from "../../../lib/canvas/fields";
import { asLiteral, type Given, literalOf } from "../../../lib/canvas/literals";
import { writePath } from "../../../lib/canvas/paths";
import { placeOf } from "../../../lib/canvas/placed";
import { type BlankNote, blankOf, noteOf } from "../../../lib/canvas/values";
import { LiteralInput } from "./LiteralInput";

interface BlankInputProps {
  readonly field: Field;
  readonly given: Given;
  /** The keys under which it is asked for, when it has no name of its own. */
  readonly place: readonly string[];
  readonly error: string | undefined;
  readonly isReadOnly: boolean;
  readonly onChange: (given: Given) => void;
}

const TYPES = ["string", "number", "integer", "boolean", "object", "array"];
const AS_FIELD = "as the field";

export function BlankInput({ field, given, place, error, isReadOnly, onChange }: BlankInputProps) {
  const note = noteOf(given) ?? {};
  const change = (changes: { readonly [K in keyof BlankNote]?: BlankNote[K] | undefined }) =>
    onChange(blankOf({ ...note, ...changes } as BlankNote));
  const isSecret = field.isSecret || note.secret === true;
  const about = field.title;
  return (
    <Stack gap={6}>
      <Text size="sm" className="dimmed break">
        Asked for when run, as <Code>{writePath("input", placeOf(note, place)).replace(/^input\.?/, "")}</Code>
      </Text>
      {error !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)" className="wrap">
          {error}
        </Text>
      )}
      <details>
        <summary className="small">More about the blank {about}</summary>
        <Stack gap="xs" mt="xs">
          <TextInput
            label={`Name of the blank ${about}`}
            description="Blanks of one name are asked for once"
            readOnly={isReadOnly}
            value={note.name ?? ""}
            onChange={(event) => change({ name: event.currentTarget.value || undefined })}
          />
          <NativeSelect
            label={`Type of the blank ${about}`}
            data={[AS_FIELD, ...TYPES]}
            disabled={isReadOnly}
            value={note.type ?? AS_FIELD}
            onChange={(event) => change({ type: choice(event.currentTarget.value) })}
          />
          <TextInput
            label={`Description of the blank ${about}`}
            readOnly={isReadOnly}
            value={note.description ?? ""}
            onChange={(event) => change({ description: event.currentTarget.value || undefined })}
          />
          {!isSecret && (
            <LiteralInput
              key={note.type}
              field={fieldOf("default", schemaOfDefault(field, note), false)}
              label={`Default of the blank ${about}`}
              given={note.default === undefined ? undefined : asLiteral(note.default)}
              error={undefined}
              isReadOnly={isReadOnly}
              onChange={(next) => change({ default: literalOf(next) })}
            />
          )}
          <NativeSelect
            label={`Whether the blank ${about} is required`}
            data={[AS_FIELD, "yes", "no"]}
            disabled={isReadOnly}
            value={note.required === undefined ? AS_FIELD : note.required ? "yes" : "no"}
            onChange={(event) => {
              const chosen = choice(event.currentTarget.value);
              change({ required: chosen === undefined ? undefined : chosen === "yes" });
            }}
          />
          <Checkbox
            label={`The blank ${about} is a secret`}
            description="Shown nowhere, kept encrypted"
            disabled={isReadOnly || field.isSecret}
            checked={isSecret}
            onChange={(event) =>
              change(event.currentTarget.checked ? { secret: true, default: undefined } : { secret: undefined })
            }
          />
        </Stack>
      </details>
    </Stack>
  );
}

function choice(value: string): string | undefined {
  return value === AS_FIELD ? undefined : value;
}

function schemaOfDefault({ schema }: Field, { type }: BlankNote): Record<string, unknown> {
  const { description: _, default: __, ...rest } = schema;
  return type === undefined ? rest : { ...rest, type };
}
