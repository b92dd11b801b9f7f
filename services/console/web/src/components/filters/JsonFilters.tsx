/** Conditions on what lies inside an interaction, one a row; all must hold. */

import { Button, CloseButton, Group, NativeSelect, Stack } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import {
  type Draft,
  draftOf,
  EMPTY_DRAFT,
  filterOf,
  type JsonFilter,
  OPERATORS,
  type Operator,
} from "../../lib/json/filters";
import type { Change } from "../../state/address";
import { Filter } from "../Filter";

interface JsonFiltersProps {
  readonly value: readonly JsonFilter[];
  readonly onChange: (value: readonly JsonFilter[], how: Change) => void;
}

const MOST = 10;
const OPERATOR_WORDS: Readonly<Record<Operator, string>> = {
  equals: "equals",
  contains: "contains",
  startsWith: "starts with",
  exists: "exists",
};

export function JsonFilters({ value, onChange }: JsonFiltersProps) {
  const [drafts, setDrafts] = useState<readonly Draft[]>(() => value.map(draftOf));
  const sent = useRef(value);
  useEffect(() => {
    if (isSame(value, sent.current)) return;
    sent.current = value;
    setDrafts(value.map(draftOf));
  }, [value]);
  const set = (next: readonly Draft[], how: Change) => {
    setDrafts(next);
    const whole = wholeOf(next);
    if (isSame(whole, sent.current)) return;
    sent.current = whole;
    onChange(whole, how);
  };
  return (
    <Stack gap="xs" align="flex-start">
      {drafts.map((draft, index) => (
        <Condition
          // biome-ignore lint/suspicious/noArrayIndexKey: a condition is known by its place alone
          key={index}
          draft={draft}
          onChange={(next, how) => set(drafts.with(index, next), how)}
          onRemove={() => set(drafts.toSpliced(index, 1), "choice")}
        />
      ))}
      <Button
        size="compact-sm"
        variant="default"
        disabled={drafts.length >= MOST}
        onClick={() => setDrafts([...drafts, EMPTY_DRAFT])}
      >
        Add JSON filter
      </Button>
    </Stack>
  );
}

interface ConditionProps {
  readonly draft: Draft;
  readonly onChange: (draft: Draft, how: Change) => void;
  readonly onRemove: () => void;
}

function Condition({ draft, onChange, onRemove }: ConditionProps) {
  return (
    <fieldset className="plain">
      <legend className="visually-hidden">JSON filter</legend>
      <Group gap="xs" align="flex-end">
        <Filter
          label="Path"
          placeholder="customer.country"
          value={draft.path}
          onType={(path) => onChange({ ...draft, path }, "typing")}
        />
        <NativeSelect
          size="sm"
          label="Operator"
          data={OPERATORS.map((one) => ({ value: one, label: OPERATOR_WORDS[one] }))}
          value={draft.operator}
          onChange={(event) => onChange({ ...draft, operator: event.currentTarget.value as Operator }, "choice")}
        />
        {draft.operator === "exists" ? (
          <NativeSelect
            size="sm"
            label="Value"
            data={["true", "false"]}
            value={draft.value === "false" ? "false" : "true"}
            onChange={(event) => onChange({ ...draft, value: event.currentTarget.value }, "choice")}
          />
        ) : (
          <Filter
            label="Value"
            value={draft.value}
            onType={(typed) => onChange({ ...draft, value: typed }, "typing")}
          />
        )}
        <CloseButton aria-label="Remove JSON filter" onClick={onRemove} />
      </Group>
    </fieldset>
  );
}

function wholeOf(drafts: readonly Draft[]): readonly JsonFilter[] {
  return drafts.map(filterOf).filter((filter) => filter !== undefined);
}

function isSame(one: readonly JsonFilter[], other: readonly JsonFilter[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
