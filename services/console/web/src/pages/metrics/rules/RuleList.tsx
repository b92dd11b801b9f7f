/** The rules of one kind, those that go first on top, each with its condition in words. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "../../../api/client";
import type { Problem } from "../../../api/problem";
import { get, keyOf } from "../../../api/queries";
import { ConfirmButton } from "../../../components/form/ConfirmButton";
import { OpenLink } from "../../../components/OpenLink";
import { PageLink } from "../../../components/PageLink";
import { Loaded } from "../../../components/states/Loaded";
import { NothingYet } from "../../../components/states/Nothing";
import { Time } from "../../../components/Time";
import { type Column, DataTable } from "../../../components/table/DataTable";
import { text } from "../../../lib/address/fields";
import { paths } from "../../../lib/address/paths";
import { conditionWords } from "../../../lib/metrics/words";
import { useAddress } from "../../../state/address";
import { useMay } from "../../../state/me";
import type { Metric } from "../api";
import { useMetrics } from "../useMetrics";
import { Evaluate } from "./Evaluate";
import type { Kind, Rule } from "./kinds";
import { RuleDialog } from "./RuleDialog";

const FIELDS = { open: text() };
const NEW = "new";
const EVALUATE = "evaluate";

export function RuleList({ kind }: { readonly kind: Kind }) {
  const { values, change } = useAddress(FIELDS);
  const { open } = values;
  const mayWrite = useMay("editor");
  const list = useRules(kind);
  const metrics = useMetrics();
  const close = () => change({ open: "" });
  const opened = list.data?.find(({ id }) => id === open);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm">{kind.meaning}</Text>
        <Group gap="xs">
          <Button variant="default" onClick={() => change({ open: EVALUATE })}>
            Evaluate
          </Button>
          {mayWrite && <Button onClick={() => change({ open: NEW })}>New {kind.noun}</Button>}
        </Group>
      </Group>
      <Loaded query={list} what={`the ${kind.title.toLowerCase()}`} height={400}>
        {(rules) =>
          rules.length === 0 ? (
            <NothingYet sentence={`A ${kind.noun} compares a customer's value of a metric with a number.`} />
          ) : (
            <Loaded query={metrics} what="the metrics" height={400}>
              {({ data }) => <Rules kind={kind} rules={rules} metrics={data} mayWrite={mayWrite} />}
            </Loaded>
          )
        }
      </Loaded>
      {open === EVALUATE && list.data !== undefined && <Evaluate kind={kind} rules={list.data} onClose={close} />}
      {((open === NEW && mayWrite) || opened !== undefined) && (
        <RuleDialog key={open} kind={kind} rule={opened ?? null} metrics={metrics} onClose={close} />
      )}
    </Stack>
  );
}

interface RulesProps {
  readonly kind: Kind;
  readonly rules: readonly Rule[];
  readonly metrics: readonly Metric[];
  readonly mayWrite: boolean;
}

function Rules({ kind, rules, metrics, mayWrite }: RulesProps) {
  const columns = useMemo(() => columnsOf(kind, metrics, mayWrite), [kind, metrics, mayWrite]);
  return <DataTable caption={kind.title} columns={columns} rows={rules} rowKey={({ id }) => id} />;
}

const PAGE_SIZE = 100;

/** Read all rules of a kind; they are 200 at most. */
function useRules({ list }: Kind) {
  return useQuery<readonly Rule[], Problem>({
    queryKey: [...keyOf(list), "all"],
    queryFn: async ({ signal }) => {
      const read = (cursor?: string) => get(list, { params: { query: { limit: PAGE_SIZE, cursor } } }, signal);
      const first = await read();
      return first.nextCursor === null ? first.data : [...first.data, ...(await read(first.nextCursor)).data];
    },
  });
}

function columnsOf(kind: Kind, metrics: readonly Metric[], mayWrite: boolean): readonly Column<Rule>[] {
  const metricOf = ({ config }: Rule) => metrics.find(({ id }) => id === config.metricId);
  return [
    { head: "Name", cell: ({ id, name }) => <OpenLink id={id}>{name}</OpenLink> },
    { head: "Priority", align: "right", cell: ({ priority }) => priority },
    { head: "Status", cell: ({ status }) => status },
    { head: "Condition", cell: (rule) => <ConditionLink rule={rule} metric={metricOf(rule)} /> },
    { head: "Changed", isTime: true, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
    ...(mayWrite ? [{ head: "Change", cell: (rule: Rule) => <DeleteRule kind={kind} rule={rule} /> }] : []),
  ];
}

function ConditionLink({ rule, metric }: { readonly rule: Rule; readonly metric: Metric | undefined }) {
  const words = conditionWords(rule.config, metric);
  return metric === undefined ? words : <PageLink to={paths.metric(metric.id)}>{words}</PageLink>;
}

function DeleteRule({ kind, rule }: { readonly kind: Kind; readonly rule: Rule }) {
  return (
    <ConfirmButton
      verb="Delete"
      thing={`the ${kind.noun} ${rule.name}`}
      send={() => api.DELETE(kind.list, { params: { query: { id: rule.id } } })}
      reads={[kind.list]}
    >
      It is no longer evaluated for any customer.
    </ConfirmButton>
  );
}
