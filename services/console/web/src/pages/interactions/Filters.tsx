/** The filters of the list, and the time that its range means. */

import { Stack } from "@mantine/core";
import { ConditionsAndTime } from "../../components/filters/ConditionsAndTime";
import { FoldedFilters } from "../../components/filters/FoldedFilters";
import { TextFilters } from "../../components/filters/TextFilters";
import type { Change } from "../../state/address";
import { useMnemonics } from "../../state/mnemonics";
import { type ListChanges, type ListValues, TEXT_FILTERS } from "./fields";

interface FiltersProps {
  readonly values: ListValues;
  readonly change: (changes: ListChanges, how?: Change) => void;
}

export function Filters({ values, change }: FiltersProps) {
  const texts = Object.keys(TEXT_FILTERS) as (keyof typeof TEXT_FILTERS)[];
  const set = texts.filter((name) => values[name] !== "").length + values.jsonFilters.length;
  return (
    <FoldedFilters set={set}>
      <Stack gap="sm">
        <TextFilters
          labels={TEXT_FILTERS}
          values={values}
          suggestions={useMnemonics()}
          columns={{ base: 2, md: 3, xl: 5 }}
          onType={(name, value) => change({ [name]: value, page: 1 }, "typing")}
        />
        <ConditionsAndTime
          jsonFilters={values.jsonFilters}
          dateField={values.dateField}
          onConditions={(jsonFilters, how) => change({ jsonFilters, page: 1 }, how)}
          onTime={(dateField) => change({ dateField, page: 1 })}
        />
      </Stack>
    </FoldedFilters>
  );
}
