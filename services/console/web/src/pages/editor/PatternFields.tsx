/** What a record has to be to fit: the name of its event, and conditions on its properties, all of which must hold. */

import { Button, CloseButton, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import type { KeyboardEvent } from "react";
import { useGet } from "../../api/queries";
import type { FieldPlace, Form } from "../../components/form/useForm";
import { type ConditionDraft, type Draft, OPERATORS, type Operator, type StepDraft } from "../../lib/critical/draft";
import { withCondition } from "../../lib/critical/steps";

const MOST = 20;
const OPERATOR_WORDS: Readonly<Record<Operator, string>> = {
  EQUALS: "equals",
  NOTEQUALS: "does not equal",
  CONTAINS: "contains",
  NOTCONTAINS: "does not contain",
  STARTSWITH: "starts with",
  ENDSWITH: "ends with",
};

type PatternPlace = `${"events" | "globalBlacklistedEvents"}[${number}]`;

interface PatternFieldsProps {
  readonly form: Form<Draft>;
  /** Where the pattern stands in the definition: `events[1]`. */
  readonly place: PatternPlace;
  readonly pattern: StepDraft;
  readonly onChange: (pattern: StepDraft) => void;
}

export function PatternFields({ form, place, pattern, onChange }: PatternFieldsProps) {
  const { props } = pattern;
  const ofProps = form.errorAt(`${place}.props`);
  return (
    <Stack gap="xs" align="flex-start">
      <TextInput
        label="Event name"
        placeholder="ORDER.CREATE"
        list="event-names"
        w="100%"
        maw={420}
        value={pattern.name}
        error={form.errorAt(`${place}.name`) ?? form.errorAt(place)}
        onKeyDown={keepEnter}
        onChange={(event) => onChange({ ...pattern, name: event.currentTarget.value })}
      />
      {props.map((condition, index) => (
        <Condition
          key={condition.key}
          number={index + 1}
          condition={condition}
          errorOf={(field) => {
            const at: FieldPlace<Draft> = `${place}.props[${index}]`;
            return form.errorAt(`${at}.${field}`) ?? (field === "name" ? form.errorAt(at) : undefined);
          }}
          onChange={(next) => onChange({ ...pattern, props: props.with(index, next) })}
          onRemove={() => onChange({ ...pattern, props: props.toSpliced(index, 1) })}
        />
      ))}
      {ofProps !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)">
          {ofProps}
        </Text>
      )}
      <Button
        size="compact-xs"
        variant="default"
        disabled={props.length >= MOST}
        onClick={() => onChange(withCondition(pattern))}
      >
        Add condition
      </Button>
    </Stack>
  );
}

interface ConditionProps {
  readonly number: number;
  readonly condition: ConditionDraft;
  readonly errorOf: (field: "name" | "operator" | "value") => string | undefined;
  readonly onChange: (condition: ConditionDraft) => void;
  readonly onRemove: () => void;
}

function Condition({ number, condition, errorOf, onChange, onRemove }: ConditionProps) {
  const operators = useOperators();
  return (
    <fieldset className="plain">
      <legend className="visually-hidden">Condition {number}</legend>
      <Group gap="xs" align="flex-start">
        <TextInput
          label="Property"
          placeholder="customer.country"
          list="properties"
          value={condition.name}
          error={errorOf("name")}
          onKeyDown={keepEnter}
          onChange={(event) => onChange({ ...condition, name: event.currentTarget.value })}
        />
        <NativeSelect
          label="Operator"
          data={operators.map((one) => ({ value: one, label: OPERATOR_WORDS[one] ?? one }))}
          value={condition.operator}
          error={errorOf("operator")}
          onChange={(event) => onChange({ ...condition, operator: event.currentTarget.value as Operator })}
        />
        <TextInput
          label="Value"
          value={condition.value}
          error={errorOf("value")}
          onKeyDown={keepEnter}
          onChange={(event) => onChange({ ...condition, value: event.currentTarget.value })}
        />
        <CloseButton mt={28} aria-label={`Remove condition ${number}`} onClick={onRemove} />
      </Group>
    </fieldset>
  );
}

/** Return the operators that the API has; those known here until it says. */
function useOperators(): readonly Operator[] {
  const options = useGet("/v1/interactions/filter-options", {});
  return (options.data?.data.operators as readonly Operator[] | undefined) ?? OPERATORS;
}

/** Enter ends the choice of a suggestion; it does not save what runs. */
function keepEnter(event: KeyboardEvent): void {
  if (event.key === "Enter") event.preventDefault();
}
