/** Imports a workflow from a JSON or YAML text, pasted or read from a file; what it is warned of is shown. */

import { Alert, Button, Group, List, Radio, Stack } from "@mantine/core";
import { useState } from "react";
import { atLines, faultOf } from "../../api/bodyText";
import { api, type Schemas } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import { Dialog } from "../../components/Dialog";
import { FormFrame } from "../../components/form/FormFrame";
import { useForm } from "../../components/form/useForm";
import { DefinitionInput } from "../../components/workflow/DefinitionInput";

type Imported = Pick<Schemas["WorkflowOut"], "name" | "version" | "warnings">;

interface ImportWorkflowProps {
  readonly onImported: (name: string) => void;
  readonly onClose: () => void;
}

export function ImportWorkflow({ onImported, onClose }: ImportWorkflowProps) {
  const [imported, setImported] = useState<Imported>();
  const done = (one: Imported) => (one.warnings.length === 0 ? onImported(one.name) : setImported(one));
  return (
    <Dialog title="Import a workflow" size="xl" onClose={onClose}>
      {imported === undefined ? (
        <Ask onDone={done} onCancel={onClose} />
      ) : (
        <Warned of={imported} onGo={() => onImported(imported.name)} />
      )}
    </Dialog>
  );
}

interface AskProps {
  readonly onDone: (imported: Imported) => void;
  readonly onCancel: () => void;
}

interface Draft {
  readonly text: string;
  readonly onConflict: "fail" | "version";
}

const EMPTY: Draft = { text: "", onConflict: "fail" };

function Ask({ onDone, onCancel }: AskProps) {
  const form = useForm({
    initial: EMPTY,
    check: ({ text }) => ({ text: faultIn(text) }),
    send,
    reads: ["/api/v1/workflows"],
    fieldOf: { name_taken: "onConflict" },
    onDone,
  });
  return (
    <FormFrame form={form} what="the workflow" verb="Import" isNew onCancel={onCancel}>
      <DefinitionInput
        description="JSON or YAML, as Export gives it"
        accept=".json,.yaml,.yml,application/json,application/yaml"
        value={form.values.text}
        error={form.errorOf("text")}
        onText={(text) => form.change({ text })}
      />
      <Radio.Group label="Where there is a workflow of that name" {...form.choice("onConflict")}>
        <Stack gap={6} mt={4}>
          <Radio value="fail" label="Import nothing" />
          <Radio
            value="version"
            label="Make it the next version of that workflow"
            description="What is run does not change until that version is activated"
          />
        </Stack>
      </Radio.Group>
    </FormFrame>
  );
}

function Warned({ of: { name, version, warnings }, onGo }: { readonly of: Imported; readonly onGo: () => void }) {
  return (
    <Stack>
      <Alert color="yellow" role="status" title={`${name} is imported as version ${version}, with warnings`}>
        <List size="sm">
          {warnings.map(({ loc, msg }) => (
            <List.Item key={loc.join(".")} className="break">
              <code>{loc.slice(1).join(".")}</code>: {msg}
            </List.Item>
          ))}
        </List>
      </Alert>
      <Group justify="flex-end">
        <Button onClick={onGo} data-autofocus>
          Open {name}
        </Button>
      </Group>
    </Stack>
  );
}

async function send({ text, onConflict }: Draft): Promise<Imported> {
  try {
    const { data } = await api.POST("/api/v1/workflows/import", {
      params: { query: { onConflict } },
      headers: { "content-type": isJson(text) ? "application/json" : "application/yaml" },
      // Sent as it was written: only the service reads YAML, and the places it names are those of this text.
      body: text as never,
      bodySerializer: (body: unknown) => body as string,
    });
    return data as Imported;
  } catch (error) {
    throw atText(asProblem(error), text);
  }
}

/** Return a problem whose places are told at the text: by their lines in JSON, by their names in YAML. */
function atText(problem: Problem, text: string): Problem {
  if (isJson(text)) return atLines(problem, text, "text");
  if (problem.violations.length === 0) return problem;
  const message = problem.violations.map((one) => `${one.field}: ${one.message}`).join("\n");
  return problem.withViolations([{ loc: ["body"], field: "text", message, type: "yaml" }]);
}

function faultIn(text: string): string | undefined {
  if (text.trim() === "") return "Paste a definition, or choose a file";
  return isJson(text) ? faultOf(text) : undefined;
}

function isJson(text: string): boolean {
  return text.trimStart().startsWith("{");
}
