/** The form of an alert rule: what it watches, when it fires, and whom it tells. */

import { Checkbox, NativeSelect, NumberInput, SimpleGrid, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "../../api/client";
import { asProblem } from "../../api/problem";
import { useGet } from "../../api/queries";
import { conditionInWords, METRIC_WORDS, OPERATOR_WORDS } from "../../lib/alerts/condition";
import { bodyOf, conditionOf, type Draft, faultsOf, newDraft, unitOf } from "../../lib/alerts/draft";
import { METRICS, SEVERITIES } from "../../lib/alerts/rule";
import { Dialog } from "../Dialog";
import { FormFrame } from "../form/FormFrame";
import { type Form, useForm } from "../form/useForm";
import { MOST, RULE_READS, type Rule } from "./types";
import { WebhooksInput } from "./WebhooksInput";

interface RuleFormProps {
  /** The rule to change; null for a new one. */
  readonly rule: Rule | null;
  /** The critical interaction of a new rule, where the page is of one. */
  readonly interactionName?: string;
  readonly onClose: () => void;
}

export function RuleForm({ rule, interactionName = "", onClose }: RuleFormProps) {
  // As it was opened: what somebody else saves meanwhile is not to be written over.
  const [opened] = useState(rule);
  const form = useForm({
    initial: opened === null ? newDraft(interactionName) : draftOf(opened),
    check: faultsOf,
    send: (draft) => write(opened, draft),
    reads: RULE_READS,
    onDone: onClose,
  });
  const condition = conditionOf(form.values);
  return (
    <Dialog title={opened === null ? "New alert rule" : `Edit ${opened.name}`} size="lg" onClose={onClose}>
      <FormFrame form={form} what="the alert rule" isNew={opened === null} onCancel={onClose}>
        <TextInput label="Name" data-autofocus {...form.text("name")} />
        <InteractionInput form={form} isFixed={opened !== null || interactionName !== ""} />
        <ConditionInputs form={form} />
        <Text size="sm" role="status">
          {condition === undefined ? "" : conditionInWords(condition)}
        </Text>
        <NativeSelect label="Severity" data={[...SEVERITIES]} {...form.text("severity")} />
        <WebhooksInput {...form.choice("webhookIds")} />
        <Checkbox
          label="Tell when there is no data"
          checked={form.values.notifyNoData}
          onChange={(event) => form.change({ notifyNoData: event.currentTarget.checked })}
        />
        <Checkbox
          label="Enabled"
          description="A rule that is disabled is not evaluated; disabling it resolves its incident."
          checked={form.values.enabled}
          onChange={(event) => form.change({ enabled: event.currentTarget.checked })}
        />
      </FormFrame>
    </Dialog>
  );
}

interface InputsProps {
  readonly form: Form<Draft>;
}

function InteractionInput({ form, isFixed }: InputsProps & { readonly isFixed: boolean }) {
  const all = useGet("/v1/interactions", { params: { query: { page: 0, size: MOST } } }, { enabled: !isFixed });
  const { onChange, ...input } = form.text("interactionName");
  if (isFixed) return <TextInput label="Critical interaction" readOnly {...input} />;
  const names = all.data?.data.interactions.map(({ name }) => name) ?? [];
  return (
    <NativeSelect
      label="Critical interaction"
      data={[{ value: "", label: "Choose one" }, ...names]}
      onChange={onChange}
      {...input}
    />
  );
}

function ConditionInputs({ form }: InputsProps) {
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <NativeSelect
          label="Metric"
          data={METRICS.map((value) => ({ value, label: METRIC_WORDS[value] }))}
          {...form.text("metric")}
        />
        <NativeSelect
          label="Fires when it is"
          data={Object.entries(OPERATOR_WORDS).map(([value, label]) => ({ value, label }))}
          {...form.text("operator")}
        />
        <NumberInput
          label="Threshold"
          description={unitOf(form.values.metric)}
          inputWrapperOrder={["label", "input", "description", "error"]}
          hideControls
          {...form.choice("threshold")}
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <Whole label="Window (minutes)" {...form.choice("windowMinutes")} />
        <Whole label="For at least (seconds)" {...form.choice("forSeconds")} />
        <Whole label="Minimum of results" {...form.choice("minEvents")} />
      </SimpleGrid>
    </>
  );
}

interface WholeProps {
  readonly label: string;
  readonly value: Draft["threshold"];
  readonly error: string | undefined;
  readonly onChange: (value: number | string) => void;
}

function Whole(props: WholeProps) {
  return <NumberInput hideControls allowDecimal={false} allowNegative={false} {...props} />;
}

function draftOf(rule: Rule): Draft {
  const { metric, ...rest } = rule;
  if (metric === "burnRate") throw new Error("an objective's rule is changed with its objective");
  return {
    name: rest.name,
    interactionName: rest.interactionName,
    metric,
    operator: rest.operator,
    threshold: rest.threshold,
    windowMinutes: rest.windowMinutes,
    forSeconds: rest.forSeconds,
    minEvents: rest.minEvents,
    severity: rest.severity,
    notifyNoData: rest.notifyNoData,
    enabled: rest.enabled,
    webhookIds: rest.webhookIds,
  };
}

async function write(rule: Rule | null, draft: Draft): Promise<unknown> {
  const body = bodyOf(draft);
  try {
    if (rule === null) return await api.POST("/v1/alert-rules", { body });
    const params = { path: { id: rule.id }, header: { "If-Match": `"${rule.version}"` } };
    return await api.PATCH("/v1/alert-rules/{id}", { params, body });
  } catch (error) {
    throw atName(asProblem(error), draft.name.trim());
  }
}

/** Tell at the name that another rule has it. */
function atName(problem: ReturnType<typeof asProblem>, name: string) {
  const isTaken = problem.status === 409 && problem.detail.includes(name);
  return isTaken
    ? problem.withViolations([{ loc: [], field: "name", message: problem.detail, type: "taken" }])
    : problem;
}
