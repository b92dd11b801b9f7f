/** The form of a workflow's blanks: an input for each, of the type that it has. */

import { NativeSelect, PasswordInput, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { asProblem } from "../../api/problem";
import { type Asked, bodyOf, faultOfText, firstText, indexAt } from "../../lib/canvas/asked";
import { choicesOf } from "../../lib/canvas/fields";
import { FormFrame } from "../form/FormFrame";
import { type Form, useForm } from "../form/useForm";

interface RunFormProps {
  readonly asked: readonly Asked[];
  /** Start a session with a body, and return its id. */
  readonly send: (body: Record<string, unknown>) => Promise<string>;
  readonly onStarted: (sessionId: string) => void;
  readonly onCancel: () => void;
}

/** The texts of the inputs, by the numbers of what is asked for. */
type Texts = Readonly<Record<string, string>>;

export function RunForm({ asked: current, send, onStarted, onCancel }: RunFormProps) {
  // As the form was opened: what is read again meanwhile changes no input.
  const [asked] = useState(current);
  const textsOf = (values: Texts) => asked.map((_, index) => values[keyOf(index)] ?? "");
  const form = useForm<Texts, string>({
    initial: Object.fromEntries(asked.map((one, index) => [keyOf(index), firstText(one)])),
    check: (values) =>
      Object.fromEntries(asked.map((one, index) => [keyOf(index), faultOfText(one, values[keyOf(index)] ?? "")])),
    send: async (values) => {
      try {
        return await send(bodyOf(asked, textsOf(values)));
      } catch (error) {
        const problem = asProblem(error);
        throw problem.withViolations(
          problem.violations.map((one) => {
            const index = indexAt(asked, one.loc.slice(1));
            return index < 0 ? one : { ...one, field: keyOf(index) };
          }),
        );
      }
    },
    reads: ["/api/v1/workflow-sessions", "/api/v1/workflows"],
    onDone: onStarted,
  });
  return (
    <FormFrame form={form} what="the session" verb="Run" isNew onCancel={onCancel}>
      {asked.map((one, index) => (
        <Blank key={keyOf(index)} asked={one} name={keyOf(index)} form={form} isFirst={index === 0} />
      ))}
    </FormFrame>
  );
}

interface BlankProps {
  readonly asked: Asked;
  readonly name: string;
  readonly form: Form<Texts>;
  readonly isFirst: boolean;
}

function Blank({ asked: { label, field }, name, form, isFirst }: BlankProps) {
  const { kind, description, isRequired, isSecret, schema } = field;
  const hints = { texts: "One a line", json: "JSON", time: "As 2027-01-15T13:05:00Z" } as Record<string, string>;
  const shared = {
    label,
    description: sentencesOf([description, hints[kind], isRequired ? "" : "May be left empty"]),
    "aria-required": isRequired,
    "data-autofocus": isFirst || undefined,
    ...form.text(name),
  };
  if (isSecret) return <PasswordInput {...shared} autoComplete="off" />;
  switch (kind) {
    case "boolean":
    case "choice": {
      const values = kind === "boolean" ? [true, false] : choicesOf(schema);
      const words = (value: unknown) => (value === true ? "yes" : value === false ? "no" : String(value));
      return (
        <NativeSelect
          {...shared}
          data={[
            { value: "", label: isRequired ? "to be chosen" : "not given" },
            ...values.map((value) => ({ value: JSON.stringify(value), label: words(value) })),
          ]}
        />
      );
    }
    case "number":
      return <TextInput {...shared} inputMode="decimal" />;
    case "time":
      return <TextInput {...shared} />;
    case "text":
      return <Textarea {...shared} autosize minRows={1} maxRows={10} />;
    case "texts":
      return <Textarea {...shared} autosize minRows={2} maxRows={10} />;
    default:
      return (
        <Textarea {...shared} autosize minRows={2} maxRows={16} spellCheck={false} classNames={{ input: "code" }} />
      );
  }
}

function keyOf(index: number): string {
  return `blank-${index}`;
}

/** Put hints after one another, each a sentence of its own. */
function sentencesOf(hints: readonly (string | undefined)[]): string | undefined {
  const said = hints.filter((one): one is string => one !== undefined && one !== "");
  return said.length === 0 ? undefined : said.map((one) => one.replace(/\.$/, "")).join(". ");
}
