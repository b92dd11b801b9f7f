/** The burn rules of an objective, one a group: two windows, and the rate that both have to be over. */

import { Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { SEVERITIES, type Severity } from "../../lib/alerts/rule";
import { type BurnRuleDraft, draftOfRule, type SloDraft } from "../../lib/slo/draft";
import type { Form } from "../form/useForm";

const MOST = 8;
const FIRST: BurnRuleDraft = draftOfRule({
  longMinutes: 60,
  shortMinutes: 5,
  factor: 14.4,
  severity: "critical",
  forSeconds: 0,
});
const FIELDS: readonly (readonly [Exclude<keyof BurnRuleDraft, "severity">, label: string])[] = [
  ["longMinutes", "Long window (minutes)"],
  ["shortMinutes", "Short window (minutes)"],
  ["factor", "Burn rate over"],
  ["forSeconds", "For (seconds)"],
];

export function BurnRulesInput({ form }: { readonly form: Form<SloDraft> }) {
  const rules = form.values.burnRules;
  const set = (burnRules: readonly BurnRuleDraft[]) => form.change({ burnRules });
  return (
    <Stack gap="sm" align="flex-start">
      {rules.map((rule, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a rule is known by its place alone
        <fieldset key={index} className="plain">
          <legend>Burn rule {index + 1}</legend>
          <Group gap="xs" align="flex-start">
            {FIELDS.map(([name, label]) => (
              <TextInput
                key={name}
                label={label}
                inputMode="decimal"
                w={{ base: "100%", xs: 170 }}
                value={rule[name]}
                error={form.errorAt(`burnRules[${index}].${name}`)}
                onChange={(event) => set(rules.with(index, { ...rule, [name]: event.currentTarget.value }))}
              />
            ))}
            <NativeSelect
              label="Severity"
              data={[...SEVERITIES]}
              value={rule.severity}
              error={form.errorAt(`burnRules[${index}]`)}
              onChange={(event) => set(rules.with(index, { ...rule, severity: event.currentTarget.value as Severity }))}
            />
          </Group>
          <Button
            size="compact-sm"
            variant="default"
            mt="xs"
            disabled={rules.length === 1}
            onClick={() => set(rules.toSpliced(index, 1))}
          >
            Remove
          </Button>
        </fieldset>
      ))}
      <Button
        size="compact-sm"
        variant="default"
        disabled={rules.length >= MOST}
        onClick={() => set([...rules, rules.at(-1) ?? FIRST])}
      >
        Add burn rule
      </Button>
    </Stack>
  );
}
