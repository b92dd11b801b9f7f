/** The filters of the list, and the time that its range means. */

import { Group, SimpleGrid, Stack } from "@mantine/core";
import { Choice } from "../../components/Choice";
import { Filter } from "../../components/Filter";
import { JsonFilters } from "../../components/filters/JsonFilters";
import type { Change } from "../../state/address";
import { useMnemonics } from "../../state/mnemonics";
import { type ListChanges, type ListValues, TEXT_FILTERS, type TextFilter } from "./fields";

interface FiltersProps {
  readonly values: ListValues;
  readonly change: (changes: ListChanges, how?: Change) => void;
}

export function Filters({ values, change }: FiltersProps) {
  const suggestions: Partial<Record<TextFilter, readonly string[]>> = useMnemonics();
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 2, md: 3, xl: 5 }} verticalSpacing="xs">
        {(Object.keys(TEXT_FILTERS) as TextFilter[]).map((name) => (
          <Filter
            key={name}
            label={TEXT_FILTERS[name]}
            value={values[name]}
            suggestions={suggestions[name]}
            onType={(value) => change({ [name]: value, page: 1 }, "typing")}
          />
        ))}
      </SimpleGrid>
      <Group justify="space-between" align="flex-end">
        <JsonFilters value={values.jsonFilters} onChange={(next, how) => change({ jsonFilters: next, page: 1 }, how)} />
        <Choice
          label="Time of"
          value={values.dateField}
          options={{ createdDate: "accepted", eventTime: "happened" }}
          onChange={(dateField) => change({ dateField, page: 1 })}
        />
      </Group>
    </Stack>
  );
}
