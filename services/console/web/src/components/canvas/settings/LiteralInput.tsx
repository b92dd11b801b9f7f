/** The input of a literal, as the schema of its field has it: a text, a number, a choice, a list, a program, JSON. */

import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import { choicesOf, type Field } from "../../../lib/canvas/fields";
import { type Given, literalOf, printLiteral, readLiteral } from "../../../lib/canvas/literals";
import { Words } from "../../Words";
import { useDraft } from "./useDraft";

interface LiteralInputProps {
  readonly field: Field;
  readonly given: Given;
  readonly error: string | undefined;
  readonly isReadOnly: boolean;
  readonly onChange: (given: Given) => void;
  /** Of the input, where its label stands apart. */
  readonly id?: string;
  readonly label?: string;
}

const LONG_CHARS = 1_000;
const HINTS: { readonly [kind in Field["kind"]]?: string } = {
  texts: "One a line",
  time: "As 2027-01-15T13:05:00Z",
};

export function LiteralInput({ field, given, error, isReadOnly, onChange, id, label }: LiteralInputProps) {
  const print = (value: Given) => printLiteral(field, field.isLiteral ? (value ?? undefined) : literalOf(value));
  const draft = useDraft({ given, print, read: (text) => readLiteral(field, text), onChange });
  const about = [field.description, HINTS[field.kind]].filter(Boolean).join(" ") || undefined;
  const shared = {
    ...(id === undefined ? {} : { id }),
    label,
    error: draft.fault ?? error,
    "aria-required": field.isRequired,
    classNames: { error: "wrap" },
    value: draft.text,
    placeholder: placeholderOf(field, given),
    description: about && <Words of={about} />,
    inputWrapperOrder: ["label", "input", "description", "error"] as ("label" | "input" | "description" | "error")[],
  };
  const typing = {
    ...shared,
    readOnly: isReadOnly,
    spellCheck: field.kind === "text",
    onChange: (event: { currentTarget: { value: string } }) => draft.type(event.currentTarget.value),
  };
  switch (field.kind) {
    case "boolean":
    case "choice":
      return (
        <NativeSelect
          {...shared}
          disabled={isReadOnly}
          data={optionsOf(field)}
          onChange={(event) => draft.type(event.currentTarget.value)}
        />
      );
    case "number":
      return <TextInput {...typing} inputMode="decimal" />;
    case "time":
      return <TextInput {...typing} />;
    case "text":
      return isLong(field) ? <Textarea {...typing} autosize minRows={2} maxRows={16} /> : <TextInput {...typing} />;
    case "texts":
      return <Textarea {...typing} autosize minRows={1} maxRows={8} />;
    default:
      return (
        <Textarea
          {...typing}
          autosize
          minRows={rowsOf(field, label === undefined)}
          maxRows={24}
          classNames={{ input: "code", error: "wrap" }}
        />
      );
  }
}

function optionsOf(field: Field): { readonly value: string; readonly label: string }[] {
  const values = field.kind === "boolean" ? [true, false] : choicesOf(field.schema);
  const options = values.map((value) => ({
    value: JSON.stringify(value),
    label: value === true ? "yes" : value === false ? "no" : String(value),
  }));
  const standard = options.find(({ value }) => value === JSON.stringify(field.schema.default));
  const none = standard === undefined ? "not given" : `${standard.label} (when not given)`;
  return [{ value: "", label: field.isRequired ? "to be chosen" : none }, ...options];
}

function placeholderOf({ schema, kind }: Field, given: Given): string | undefined {
  if (literalOf(given) === "") return "The empty text";
  if (schema.default === undefined) return undefined;
  const standard = schema.default as Given;
  return kind === "texts" && Array.isArray(standard) ? standard.join(", ") : String(JSON.stringify(standard));
}

/** Return whether texts of a field may be long ones, with line breaks. */
function isLong({ schema: { maxLength, format } }: Field): boolean {
  return typeof maxLength === "number" && maxLength >= LONG_CHARS && maxLength !== 1_024 && format === undefined;
}

/** Return how many lines an input shows at least: a program's more, a further setting's one. */
function rowsOf({ kind, schema }: Field, isField: boolean): number {
  if (kind === "code" && schema["x-code"] !== "cel") return 8;
  return isField ? 2 : 1;
}
