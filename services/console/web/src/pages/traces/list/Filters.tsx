/** The filters of the list of traces. */

import { Checkbox, NumberInput, SimpleGrid } from "@mantine/core";
import { Filter } from "../../../components/Filter";
import { type Mnemonics, useMnemonics } from "../../../state/mnemonics";
import { bound, type ChangeList, type ListValues } from "./fields";

interface FiltersProps {
  readonly values: ListValues;
  readonly change: ChangeList;
}

const TEXTS = { origin: "Origin", action: "Action", resourceType: "Resource type", userId: "User" } as const;
const BOUNDS = { minDurationMs: "Shortest (ms)", maxDurationMs: "Longest (ms)" } as const;
type TextName = keyof typeof TEXTS;
type BoundName = keyof typeof BOUNDS;

export function Filters({ values, change }: FiltersProps) {
  const suggestions: Partial<Record<TextName, readonly string[]>> = useMnemonics() satisfies Mnemonics;
  return (
    <SimpleGrid cols={{ base: 2, md: 4, xl: 7 }} verticalSpacing="xs">
      {(Object.keys(TEXTS) as TextName[]).map((name) => (
        <Filter
          key={name}
          label={TEXTS[name]}
          value={values[name]}
          suggestions={suggestions[name]}
          onType={(value) => change({ [name]: value, page: 1 }, "typing")}
        />
      ))}
      {(Object.keys(BOUNDS) as BoundName[]).map((name) => (
        <NumberInput
          key={name}
          label={BOUNDS[name]}
          size="sm"
          min={0}
          allowDecimal={false}
          hideControls
          value={bound.shown(values[name])}
          onChange={(typed) => change({ [name]: bound.read(typed), page: 1 }, "typing")}
        />
      ))}
      <Checkbox
        label="With errors"
        checked={values.error}
        onChange={(event) => change({ error: event.currentTarget.checked, page: 1 })}
        style={{ alignSelf: "end" }}
        pb={8}
      />
    </SimpleGrid>
  );
}
