/** Evaluates rules for a customer: what they come to, and each with its value against what is expected. */

import { Alert, Button, Group, MultiSelect, Stack, TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../../api/client";
import type { Problem } from "../../../api/problem";
import { Dialog } from "../../../components/Dialog";
import { Loaded } from "../../../components/states/Loaded";
import { Time } from "../../../components/Time";
import { type Column, DataTable } from "../../../components/table/DataTable";
import { text } from "../../../lib/address/fields";
import { COMPARISONS, REASONS, valueWords } from "../../../lib/metrics/words";
import { useAddress } from "../../../state/address";
import { instant } from "../detail/fields";
import { InstantFilter } from "../InstantFilter";
import { type Evaluation, type Kind, type Result, type Rule, verdictOf } from "./kinds";

interface EvaluateProps {
  readonly kind: Kind;
  readonly rules: readonly Rule[];
  readonly onClose: () => void;
}

/** Ids hold no comma. */
const FIELDS = { customerId: text(), ids: text(), at: instant() };

export function Evaluate({ kind, rules, onClose }: EvaluateProps) {
  const { values, change } = useAddress(FIELDS);
  const [customerId, setCustomerId] = useState(values.customerId);
  const ids = values.ids === "" ? [] : values.ids.split(",");
  const close = () => {
    change({ customerId: "", ids: "", at: "" }, "typing");
    onClose();
  };
  const evaluation = useQuery<Evaluation | undefined, Problem>({
    queryKey: [kind.evaluate, values],
    enabled: values.customerId !== "",
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const body = { customerId: values.customerId, ids: ids.length ? ids : null, at: values.at || null };
      return (await api.POST(kind.evaluate, { body, signal })).data;
    },
  });
  const submit = () => {
    if (customerId.trim() === values.customerId) void evaluation.refetch();
    else change({ customerId: customerId.trim() });
  };
  return (
    <Dialog title={`Evaluate ${kind.title.toLowerCase()}`} size="xl" onClose={close}>
      <Stack>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (customerId.trim() !== "") submit();
          }}
        >
          <Group align="flex-start">
            <TextInput
              size="sm"
              label="Customer"
              data-autofocus
              value={customerId}
              onChange={(event) => setCustomerId(event.currentTarget.value)}
            />
            <InstantFilter label="At" value={values.at} onChange={(at) => change({ at })} />
            <MultiSelect
              size="sm"
              flex={1}
              miw={200}
              label="Rules"
              placeholder={ids.length === 0 ? "the active ones" : undefined}
              data={rules.map(({ id, name, status }) => ({ value: id, label: `${name} (${status})` }))}
              value={ids}
              onChange={(next) => change({ ids: next.join(",") })}
            />
          </Group>
          <Group justify="flex-end" mt="sm">
            <Button type="submit">Evaluate</Button>
          </Group>
        </form>
        {values.customerId !== "" && (
          <Loaded query={evaluation} what="the evaluation" height={200}>
            {(found) => found !== undefined && <Found kind={kind} evaluation={found} />}
          </Loaded>
        )}
      </Stack>
    </Dialog>
  );
}

function Found({ kind, evaluation }: { readonly kind: Kind; readonly evaluation: Evaluation }) {
  const { colour, words } = verdictOf(evaluation, kind);
  return (
    <Stack gap="sm">
      <Alert color={colour} role="status" title={words}>
        As of <Time at={evaluation.at} zoned />
      </Alert>
      {evaluation.results.length > 0 && (
        <DataTable caption="Results" columns={columnsOf(kind)} rows={evaluation.results} rowKey={({ id }) => id} />
      )}
    </Stack>
  );
}

function columnsOf(kind: Kind): readonly Column<Result>[] {
  return [
    { head: "Name", cell: ({ name }) => name },
    { head: "Priority", align: "right", cell: ({ priority }) => priority },
    { head: "Metric", cell: ({ metricName }) => metricName ?? "a deleted metric" },
    { head: "Value", align: "right", cell: ({ value }) => <span className="numbers">{valueWords(value)}</span> },
    {
      head: "Expected",
      cell: ({ operator, expected }) => (
        <span className="numbers">
          {COMPARISONS[operator]} {valueWords(expected)}
        </span>
      ),
    },
    { head: "Condition", cell: (result) => outcomeOf(kind, result) },
    {
      head: "Computed",
      isTime: true,
      cell: ({ computedAt }) => (computedAt === null ? "–" : <Time at={computedAt} />),
    },
  ];
}

function outcomeOf({ outcomes }: Kind, { matched, reason }: Result): string {
  if (matched !== null) return outcomes[String(matched) as "true" | "false"];
  return `not known: ${reason === null ? "the reason is not told" : REASONS[reason]}`;
}
