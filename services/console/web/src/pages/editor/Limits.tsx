/** How long it may take: the limits of the categories, and the longest pause between two steps. */

import { SimpleGrid, TextInput } from "@mantine/core";
import type { Form } from "../../components/form/useForm";
import { Section } from "../../components/Section";
import { type Draft, type LimitName, limitOf } from "../../lib/critical/draft";
import { formatDuration } from "../../lib/time/zone";
import type { Stored } from "./Editor";
import { SuggestLimits } from "./SuggestLimits";
import type { PreviewState } from "./usePreview";

interface LimitsProps {
  readonly form: Form<Draft>;
  readonly base: Stored | null;
  readonly preview: PreviewState;
}

const FIELDS: readonly (readonly [name: LimitName, label: string, meaning: string])[] = [
  ["uptimeLowerLimitInMs", "Lower limit (ms)", "Excellent up to"],
  ["uptimeMidLimitInMs", "Mid limit (ms)", "Good up to"],
  ["uptimeUpperLimitInMs", "Upper limit (ms)", "Average up to"],
  ["thresholdInMs", "Threshold (ms)", "Longest pause between two steps:"],
];

export function Limits({ form, base, preview }: LimitsProps) {
  return (
    <Section
      title="Limits"
      description="From the first step to the last; what takes longer than the upper limit is Poor."
    >
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        {FIELDS.map(([name, label, meaning]) => (
          <TextInput
            key={name}
            label={label}
            inputMode="numeric"
            description={`${meaning} ${durationOf(form.values[name])}`}
            inputWrapperOrder={["label", "input", "description", "error"]}
            {...form.text(name)}
          />
        ))}
      </SimpleGrid>
      <SuggestLimits form={form} base={base} preview={preview} />
    </Section>
  );
}

function durationOf(text: string): string {
  const ms = limitOf(text);
  return ms === undefined ? "…" : formatDuration(ms);
}
