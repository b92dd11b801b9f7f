/** The fields of a metric, tried on past records before they are saved. */

import { Button, Group, NativeSelect, SimpleGrid, TagsInput, Textarea, TextInput } from "@mantine/core";
import { api, type Schemas } from "../../../api/client";
import type { Problem } from "../../../api/problem";
import { FormFrame } from "../../../components/form/FormFrame";
import { type Form, useForm } from "../../../components/form/useForm";
import { type AggregateFunction, FUNCTIONS } from "../../../lib/metrics/words";
import { DEFINITION_READS, METRICS, type Metric } from "../api";
import { bodyOf, type Draft, draftOf, faultsOfDraft, NEW } from "./draft";
import { FilterField } from "./FilterField";
import { Preview } from "./Preview";
import { SqlFilter } from "./SqlFilter";
import { Suggested } from "./Suggested";
import { usePreview } from "./usePreview";
import { useSuggestions } from "./useSuggestions";

interface MetricFormProps {
  /** The metric to change; null to make one. */
  readonly metric: Metric | null;
  readonly onDone: (saved: Metric) => void;
  readonly onCancel: () => void;
}

const MODES: Readonly<Record<Metric["computeMode"], string>> = {
  batch: "batch: by the clock",
  realtime: "realtime: as records come",
};
const MOST_DIMENSIONS = 2;

export function MetricForm({ metric, onDone, onCancel }: MetricFormProps) {
  const trial = usePreview();
  const form = useForm<Draft, Metric | undefined>({
    initial: metric === null ? NEW : draftOf(metric),
    check: faultsOfDraft,
    fieldOf: { NAME_TAKEN: "name" },
    tried: trial.refused,
    send: (draft) => write(metric, draft),
    reads: DEFINITION_READS,
    onDone: (saved) => saved && onDone(saved),
  });
  const { values, text, errorOf } = form;
  const suggestions = useSuggestions(values.sourceField.trim());
  return (
    <FormFrame form={form} what="the metric" isNew={metric === null} onCancel={onCancel}>
      <TextInput label="Name" data-autofocus {...text("name")} />
      <Textarea label="Description" autosize minRows={1} {...text("description")} />
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <NativeSelect
          label="Function"
          data={Object.entries(FUNCTIONS).map(([value, label]) => ({ value, label }))}
          value={values.aggregateFunction}
          error={errorOf("aggregateFunction")}
          onChange={(event) => form.change({ aggregateFunction: event.currentTarget.value as AggregateFunction })}
        />
        <Suggested
          label="Source"
          description="An action, an event type, or a path into the data"
          inputWrapperOrder={["label", "input", "description", "error"]}
          suggestions={suggestions.sources}
          {...text("sourceField")}
        />
        <TextInput
          label="Window in days"
          description="Empty for all time"
          inputWrapperOrder={["label", "input", "description", "error"]}
          inputMode="numeric"
          {...text("windowDays")}
        />
        <NativeSelect
          label="Mode"
          data={Object.entries(MODES).map(([value, label]) => ({ value, label }))}
          value={values.computeMode}
          error={errorOf("computeMode")}
          onChange={(event) => form.change({ computeMode: event.currentTarget.value as Draft["computeMode"] })}
        />
        {values.computeMode === "batch" && (
          <TextInput label="Interval in minutes" inputMode="numeric" {...text("batchIntervalMin")} />
        )}
        <TagsInput
          label="Group by"
          description="Up to two fields; Enter ends each"
          inputWrapperOrder={["label", "input", "description", "error"]}
          maxTags={MOST_DIMENSIONS}
          acceptValueOnBlur
          data={[...suggestions.fields]}
          value={[...values.groupByDimensions]}
          error={errorOf("groupByDimensions")}
          onChange={(groupByDimensions) => form.change({ groupByDimensions })}
        />
      </SimpleGrid>
      <FilterField
        value={values.filterConditions}
        suggestions={suggestions}
        isTried={form.attempts > 0}
        problem={problemWith(form, "filterConditions")}
        onChange={(filterConditions) => form.change({ filterConditions })}
      />
      <SqlFilter {...text("sqlFilter")} />
      <Group>
        <Button variant="default" loading={trial.isPending} onClick={() => form.attempt() && trial.run(values)}>
          Preview
        </Button>
      </Group>
      <Preview trial={trial} draft={values} />
    </FormFrame>
  );
}

/** Return the problem that tells what is wrong with a field as it is now. */
function problemWith(form: Form<Draft>, name: keyof Draft): Problem | null {
  if (form.errorOf(name) === undefined) return null;
  return [form.problem, form.triedProblem].find((one) => one?.within(name) !== undefined) ?? null;
}

async function write(metric: Metric | null, draft: Draft): Promise<Metric | undefined> {
  const body: Schemas["MetricIn"] = bodyOf(draft);
  if (metric === null) return (await api.POST(METRICS, { body })).data;
  return (await api.PUT(METRICS, { body: { id: metric.id, ...body } })).data;
}
