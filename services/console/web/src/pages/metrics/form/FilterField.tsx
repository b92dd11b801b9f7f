/** The filter of a metric: groups of conditions, or the same as JSON. */

import { Stack, Switch, Text, Textarea } from "@mantine/core";
import { useMemo } from "react";
import { faultOf } from "../../../api/bodyText";
import type { Problem } from "../../../api/problem";
import { conditionsOf, faultsOf, nodeAt } from "../../../lib/metrics/conditions";
import { type FilterDraft, filterDraftOf, writtenOf } from "./draft";
import { FilterGroup, type Marks } from "./FilterGroup";
import type { Suggestions } from "./useSuggestions";

interface FilterFieldProps {
  readonly value: FilterDraft;
  readonly onChange: (value: FilterDraft) => void;
  readonly suggestions: Suggestions;
  /** Whether what is unfinished is told. */
  readonly isTried: boolean;
  /** What the API said of this very filter. */
  readonly problem: Problem | null;
}

const NAME = "filterConditions";

export function FilterField({ value, onChange, suggestions, isTried, problem }: FilterFieldProps) {
  const marks = useMemo(() => marksOf(value, isTried, problem), [value, isTried, problem]);
  const toggle = (isJson: boolean) => {
    if (isJson) {
      const { conditions } = conditionsOf(value.filter);
      onChange({ ...value, isJson, text: conditions === null ? "" : JSON.stringify(conditions, null, 2) });
      return;
    }
    if (value.text.trim() !== "" && faultOf(value.text) !== undefined) return;
    onChange({ ...filterDraftOf(writtenOf(value)), text: value.text });
  };
  const isShowable = !value.isJson || !filterDraftOf(readable(value)).isJson;
  return (
    <Stack component="fieldset" className="plain" gap="xs">
      <Text component="legend" size="sm" fw={500}>
        Filter
      </Text>
      <Switch
        label="As JSON"
        checked={value.isJson}
        disabled={!isShowable}
        description={isShowable ? undefined : "The builder cannot show this filter."}
        onChange={(event) => toggle(event.currentTarget.checked)}
      />
      {value.isJson ? (
        <Textarea
          label="Filter conditions"
          description='As {"field": "total", "op": "gte", "value": 10}; empty for none'
          autosize
          minRows={4}
          maxRows={16}
          spellCheck={false}
          classNames={{ input: "code", error: "wrap" }}
          value={value.text}
          onChange={(event) => onChange({ ...value, text: event.currentTarget.value })}
          error={jsonError(value, isTried, problem)}
        />
      ) : (
        <FilterGroup
          node={value.filter}
          path={[]}
          marks={marks}
          suggestions={suggestions}
          onChange={(filter) => onChange({ ...value, filter })}
        />
      )}
    </Stack>
  );
}

/** Return the conditions of a draft as JSON; null while they cannot be read, since that is told at the text. */
function readable(value: FilterDraft): unknown {
  return value.text.trim() === "" || faultOf(value.text) !== undefined ? null : writtenOf(value);
}

function jsonError({ text }: FilterDraft, isTried: boolean, problem: Problem | null): string | undefined {
  if (isTried && text.trim() !== "" && faultOf(text) !== undefined) return faultOf(text);
  const told = problem?.violations.find(({ field }) => field === NAME || field.startsWith(`${NAME}.`));
  return told && [told.field.slice(NAME.length + 1), told.message].filter(Boolean).join(": ");
}

/** Return what is wrong with which node of the builder. */
function marksOf({ isJson, filter }: FilterDraft, isTried: boolean, problem: Problem | null): Marks {
  if (isJson) return new Map();
  const written = conditionsOf(filter);
  const told = (problem?.violations ?? [])
    .filter(({ field }) => field === NAME || field.startsWith(`${NAME}.`))
    .map(({ field, message }) => [nodeAt(field.slice(NAME.length + 1), written).join("."), message] as const);
  const own = isTried ? faultsOf(filter).map(([path, fault]) => [path.join("."), fault] as const) : [];
  return new Map([...told, ...own]);
}
