/** The fields of a rule: the condition on a metric's value, and when it counts. */

import { Checkbox, NativeSelect, SimpleGrid, Textarea, TextInput } from "@mantine/core";
import { api } from "../../../api/client";
import { FormFrame } from "../../../components/form/FormFrame";
import { type Form, useForm } from "../../../components/form/useForm";
import { COMPARISONS, type Comparison, windowWords } from "../../../lib/metrics/words";
import type { Metric } from "../api";
import type { Kind, Rule } from "./kinds";
import { bodyOf, type Condition, draftOf, faultsOf, type RuleDraft } from "./ruleDraft";

interface RuleFormProps {
  readonly kind: Kind;
  /** Null for a new one. */
  readonly rule: Rule | null;
  readonly metrics: readonly Metric[];
  readonly onDone: () => void;
}

const STATUSES: readonly Rule["status"][] = ["draft", "active", "paused", "archived"];

export function RuleForm({ kind, rule, metrics, onDone }: RuleFormProps) {
  const form = useForm({
    initial: draftOf(rule),
    check: faultsOf,
    fieldOf: { NAME_TAKEN: "name" as const },
    send: (draft) => {
      const body = bodyOf(draft);
      return rule === null ? api.POST(kind.list, { body }) : api.PUT(kind.list, { body: { id: rule.id, ...body } });
    },
    reads: [kind.list],
    onDone,
  });
  const { config } = form.values;
  const metric = metrics.find(({ id }) => id === config.metricId);
  const set = (changes: Partial<Condition>) => form.change({ config: { ...config, ...changes } });
  return (
    <FormFrame form={form} what={`the ${kind.noun}`} isNew={rule === null} onCancel={onDone}>
      <TextInput label="Name" data-autofocus {...form.text("name")} />
      <Textarea label="Description" autosize minRows={1} {...form.text("description")} />
      <NativeSelect
        label="Metric"
        data={[
          { value: "", label: "Choose one" },
          ...metrics.map(({ id, name, windowDays }) => ({ value: id, label: `${name} in ${windowWords(windowDays)}` })),
        ]}
        value={metric?.id ?? ""}
        error={form.errorAt("config.metricId")}
        onChange={(event) => set({ metricId: event.currentTarget.value, dimensions: null })}
      />
      <SimpleGrid cols={2}>
        <NativeSelect
          label="Comparison"
          data={Object.entries(COMPARISONS).map(([value, label]) => ({ value, label }))}
          value={config.operator}
          error={form.errorAt("config.operator")}
          onChange={(event) => set({ operator: event.currentTarget.value as Comparison })}
        />
        <TextInput
          label="Number"
          inputMode="decimal"
          value={config.value}
          error={form.errorAt("config.value")}
          onChange={(event) => set({ value: event.currentTarget.value })}
        />
      </SimpleGrid>
      {metric !== undefined && metric.groupByDimensions.length > 0 && (
        <Dimensions metric={metric} config={config} errorAt={form.errorAt} onChange={set} />
      )}
      <SimpleGrid cols={2}>
        <TextInput label="Priority" description="0 to 100; the highest goes first" {...form.text("priority")} />
        <NativeSelect
          label="Status"
          description="Only active ones count"
          data={[...STATUSES]}
          value={form.values.status}
          error={form.errorOf("status")}
          onChange={(event) => form.change({ status: event.currentTarget.value as Rule["status"] })}
        />
      </SimpleGrid>
    </FormFrame>
  );
}

interface DimensionsProps {
  readonly metric: Metric;
  readonly config: Condition;
  readonly errorAt: Form<RuleDraft>["errorAt"];
  readonly onChange: (changes: Partial<Condition>) => void;
}

function Dimensions({ metric, config: { dimensions }, errorAt, onChange }: DimensionsProps) {
  const names = metric.groupByDimensions;
  return (
    <>
      <Checkbox
        label="Over all dimensions"
        checked={dimensions === null}
        error={errorAt("config.dimensions")}
        onChange={(event) =>
          onChange({
            dimensions: event.currentTarget.checked ? null : Object.fromEntries(names.map((name) => [name, ""])),
          })
        }
      />
      {dimensions !== null && (
        <SimpleGrid cols={names.length}>
          {names.map((name) => (
            <TextInput
              key={name}
              label={name}
              description="Empty for none; a text that looks like a number goes in quotes"
              value={dimensions[name] ?? ""}
              error={errorAt(`config.dimensions.${name}`)}
              onChange={(event) => onChange({ dimensions: { ...dimensions, [name]: event.currentTarget.value } })}
            />
          ))}
        </SimpleGrid>
      )}
    </>
  );
}
