/** Writes a JSON Schema as the next version of an event type's. */

import { Checkbox, Textarea, TextInput } from "@mantine/core";
import { atLines, faultOf, readText } from "../../api/bodyText";
import { api } from "../../api/client";
import { asProblem } from "../../api/problem";
import { FormFrame } from "../../components/form/FormFrame";
import { useForm } from "../../components/form/useForm";
import { SCHEMA, SCHEMA_READS } from "./schemas";

interface SchemaEditorProps {
  /** The event type; null to ask for it. */
  readonly name: string | null;
  readonly schema: unknown;
  readonly onDone: () => void;
}

const FIRST = { type: "object", properties: {}, required: [] };

export function SchemaEditor({ name, schema = FIRST, onDone }: SchemaEditorProps) {
  const form = useForm({
    initial: { eventType: name ?? "", schema: JSON.stringify(schema, null, 2), force: false },
    check: ({ schema: text }) => ({ schema: faultOf(text) }),
    send,
    reads: SCHEMA_READS,
    onDone,
  });
  const isNarrower = form.problem?.code === "narrower_schema";
  return (
    <FormFrame form={form} what="the schema" isNew={name === null} onCancel={onDone}>
      {name === null && (
        <TextInput label="Event type" description="As events name it: order.shipped" {...form.text("eventType")} />
      )}
      <Textarea
        label="Schema"
        description="A JSON Schema (2020-12) for the payload"
        autosize
        minRows={8}
        maxRows={24}
        spellCheck={false}
        classNames={{ input: "code", error: "wrap" }}
        {...form.text("schema")}
      />
      {(isNarrower || form.values.force) && (
        <Checkbox
          label="Save nevertheless"
          description="Payloads that were valid may be refused from then on."
          checked={form.values.force}
          onChange={(event) => form.change({ force: event.currentTarget.checked })}
        />
      )}
    </FormFrame>
  );
}

interface Draft {
  readonly eventType: string;
  readonly schema: string;
  readonly force: boolean;
}

async function send({ eventType, schema, force }: Draft): Promise<unknown> {
  const params = { path: { eventType }, query: { force } };
  const body = readText(schema) as Record<string, unknown> | boolean;
  try {
    return await api.PUT(SCHEMA, { params, body });
  } catch (error) {
    throw atLines(asProblem(error), schema, "schema");
  }
}
