/** One condition of a filter: a field, an operator, and the value or values that it compares with. */

import { CloseButton, Group, NativeSelect, TagsInput, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import {
  isList,
  type Kind,
  kindsOf,
  type Leaf,
  OPERATORS,
  type Operator,
  withKind,
  withOperator,
} from "../../../lib/metrics/conditions";
import { OPERATOR_WORDS } from "../../../lib/metrics/filterWords";
import { Suggested } from "./Suggested";
import type { Suggestions } from "./useSuggestions";

interface FilterLeafProps {
  readonly leaf: Leaf;
  /** Its name among the others: `Condition 2.1`. */
  readonly name: string;
  readonly mark: string | undefined;
  readonly suggestions: Suggestions;
  /** Whether it was just added, and so takes the focus. */
  readonly isNew: boolean;
  readonly onChange: (leaf: Leaf) => void;
  readonly onRemove: () => void;
}

const KIND_WORDS: Readonly<Record<Kind, string>> = {
  text: "text",
  number: "number",
  boolean: "true or false",
  null: "nothing",
  json: "several kinds, as JSON",
};

export function FilterLeaf({ leaf, name, mark, suggestions, isNew, onChange, onRemove }: FilterLeafProps) {
  const field = useRef<HTMLInputElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only where it comes to be
  useEffect(() => {
    if (isNew) field.current?.focus();
  }, []);
  const { operator, type } = leaf;
  const onField = (typed: string) => {
    const seen = suggestions.kindOf(typed.trim());
    const isUntouched = leaf.texts.every((text) => text === "");
    const fits = seen !== undefined && isUntouched && kindsOf(operator).includes(seen);
    onChange({ ...(fits ? withKind(leaf, seen) : leaf), field: typed });
  };
  return (
    <fieldset className="plain" aria-label={name}>
      <Group gap="xs" align="flex-end">
        <Suggested
          ref={field}
          size="sm"
          label="Field"
          placeholder="customer.country"
          suggestions={suggestions.fields}
          value={leaf.field}
          aria-invalid={mark !== undefined}
          onChange={(event) => onField(event.currentTarget.value)}
        />
        <NativeSelect
          size="sm"
          label="Operator"
          data={OPERATORS.map((one) => ({ value: one, label: OPERATOR_WORDS[one] }))}
          value={operator}
          onChange={(event) => onChange(withOperator(leaf, event.currentTarget.value as Operator))}
        />
        {kindsOf(operator).length > 1 && (
          <NativeSelect
            size="sm"
            label="Type"
            data={kindsOf(operator).map((one) => ({ value: one, label: KIND_WORDS[one] }))}
            value={type}
            onChange={(event) => onChange(withKind(leaf, event.currentTarget.value as Kind))}
          />
        )}
        <Value leaf={leaf} suggestions={suggestions} onChange={onChange} />
        <CloseButton aria-label={`Remove ${name.toLowerCase()}`} onClick={onRemove} />
      </Group>
      {mark !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {mark}
        </Text>
      )}
    </fieldset>
  );
}

function Value({ leaf, suggestions, onChange }: Pick<FilterLeafProps, "leaf" | "suggestions" | "onChange">) {
  const { operator, type, texts, field } = leaf;
  const set = (next: readonly string[]) => onChange({ ...leaf, texts: next });
  if (type === "null") return null;
  if (isList(operator)) {
    return (
      <TagsInput
        size="sm"
        label="Values"
        description="Enter ends each"
        inputWrapperOrder={["label", "input", "description", "error"]}
        acceptValueOnBlur
        splitChars={[]}
        value={[...texts]}
        onChange={set}
      />
    );
  }
  if (type === "boolean") {
    return (
      <NativeSelect
        size="sm"
        label="Value"
        data={["true", "false"]}
        value={texts[0] === "false" ? "false" : "true"}
        onChange={(event) => set([event.currentTarget.value])}
      />
    );
  }
  return (
    <Suggested
      size="sm"
      label="Value"
      suggestions={type === "text" ? suggestions.valuesOf(field) : []}
      inputMode={type === "number" ? "decimal" : undefined}
      value={texts[0] ?? ""}
      onChange={(event) => set([event.currentTarget.value])}
    />
  );
}
