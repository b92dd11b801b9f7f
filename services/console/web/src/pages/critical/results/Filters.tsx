/** The filters of the results. */

import { NativeSelect, SimpleGrid } from "@mantine/core";
import { Filter } from "../../../components/Filter";
import type { Values } from "../../../lib/address/fields";
import {
  ABORT_CAUSES,
  CATEGORIES,
  CAUSE_WORDS,
  type Category,
  type Cause,
  ERROR_CAUSES,
  OUTCOMES,
  type Outcome,
} from "../../../lib/critical/results";
import type { Address } from "../../../state/address";
import type { RESULT_FIELDS } from "../fields";

interface FiltersProps {
  readonly values: Values<typeof RESULT_FIELDS>;
  readonly change: Address<typeof RESULT_FIELDS>["change"];
  /** The number of the newest version; the first is 1. */
  readonly versions: number;
}

const ANY = "";
const CAUSES = [...ERROR_CAUSES, ...ABORT_CAUSES];

export function Filters({ values, change, versions }: FiltersProps) {
  const numbers = Array.from({ length: versions }, (_, index) => String(versions - index));
  return (
    <SimpleGrid cols={{ base: 2, md: 5 }} verticalSpacing="xs">
      <One
        label="Outcome"
        value={values.outcome}
        options={OUTCOMES}
        onChange={(outcome) => change({ outcome: outcome as Outcome | undefined })}
      />
      <One
        label="Cause"
        value={values.cause}
        options={CAUSES}
        words={CAUSE_WORDS}
        onChange={(cause) => change({ cause: cause as Cause | undefined })}
      />
      <One
        label="Category"
        value={values.category}
        options={CATEGORIES}
        onChange={(category) => change({ category: category as Category | undefined })}
      />
      <Filter label="Key" value={values.key} onType={(key) => change({ key }, "typing")} />
      <One
        label="Version"
        value={values.version === 0 ? undefined : String(values.version)}
        options={numbers}
        onChange={(version) => change({ version: Number(version ?? 0) })}
      />
    </SimpleGrid>
  );
}

interface OneProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly string[];
  readonly words?: Readonly<Record<string, string>>;
  readonly onChange: (value: string | undefined) => void;
}

function One({ label, value, options, words = {}, onChange }: OneProps) {
  const known = value === undefined || options.includes(value) ? options : [value, ...options];
  return (
    <NativeSelect
      label={label}
      size="sm"
      value={value ?? ANY}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
      data={[{ value: ANY, label: "Any" }, ...known.map((one) => ({ value: one, label: words[one] ?? one }))]}
    />
  );
}
