/** The rules of all critical interactions, by state and by critical interaction. */

import { NativeSelect, SimpleGrid, Stack } from "@mantine/core";
import { useGet } from "../../api/queries";
import { RuleList } from "../../components/alerts/RuleList";
import { MOST } from "../../components/alerts/types";
import { STATES } from "../../lib/alerts/states";
import type { AlertsValues } from "./fields";

interface RulesProps {
  readonly values: AlertsValues;
  readonly change: (changes: Partial<AlertsValues>) => void;
}

export function Rules({ values, change }: RulesProps) {
  const { state, interactionName, page } = values;
  const isFiltered = state !== "" || interactionName !== "";
  const filter = (changes: Partial<AlertsValues>) => change({ ...changes, page: 1 });
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} verticalSpacing="xs">
        <NativeSelect
          label="State"
          data={[
            { value: "", label: "any" },
            ...Object.entries(STATES).map(([value, { words }]) => ({ value, label: words })),
          ]}
          value={state}
          onChange={(event) => filter({ state: event.currentTarget.value as AlertsValues["state"] })}
        />
        <InteractionFilter value={interactionName} onChange={(name) => filter({ interactionName: name })} />
      </SimpleGrid>
      <RuleList
        caption="Alerts"
        state={state || undefined}
        interactionName={interactionName || undefined}
        page={page}
        onPage={(next) => change({ page: next })}
        onClear={isFiltered ? () => filter({ state: "", interactionName: "" }) : undefined}
      />
    </Stack>
  );
}

interface InteractionFilterProps {
  readonly value: string;
  readonly onChange: (name: string) => void;
}

function InteractionFilter({ value, onChange }: InteractionFilterProps) {
  const all = useGet("/v1/interactions", { params: { query: { page: 0, size: MOST } } });
  const names = new Set(all.data?.data.interactions.map(({ name }) => name));
  // The address may name one that is not listed.
  if (value !== "") names.add(value);
  return (
    <NativeSelect
      label="Critical interaction"
      data={[{ value: "", label: "any" }, ...[...names].sort()]}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
