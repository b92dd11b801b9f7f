/** The rules of one kind, those that go first on top, each with its condition in words. */

import { Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { useGet } from "../../../api/queries";
import { OpenLink } from "../../../components/OpenLink";
import { PageLink } from "../../../components/PageLink";
import { Loaded } from "../../../components/states/Loaded";
import { NothingYet } from "../../../components/states/Nothing";
import { Time } from "../../../components/Time";
import { type Column, DataTable } from "../../../components/table/DataTable";
import { paths } from "../../../lib/address/paths";
import { conditionWords } from "../../../lib/metrics/words";
import { METRICS, type Metric } from "../api";
import type { Kind, Rule } from "./kinds";

export function RuleList({ kind }: { readonly kind: Kind }) {
  const list = useGet(kind.list, { params: { query: { limit: 100 } } });
  const metrics = useGet(METRICS, { params: { query: { limit: 100 } } }).data?.data;
  const columns = useMemo(() => columnsOf(metrics ?? []), [metrics]);
  return (
    <Stack gap="sm">
      <Text size="sm">{kind.meaning}</Text>
      <Loaded query={list} what={`the ${kind.title.toLowerCase()}`} height={400}>
        {({ data, total }) =>
          total === 0 ? (
            <NothingYet sentence={`A ${kind.noun} compares a customer's value of a metric with a number.`} />
          ) : (
            <DataTable caption={kind.title} columns={columns} rows={data} rowKey={({ id }) => id} total={total} />
          )
        }
      </Loaded>
    </Stack>
  );
}

function columnsOf(metrics: readonly Metric[]): readonly Column<Rule>[] {
  const metricOf = ({ config }: Rule) => metrics.find(({ id }) => id === config.metricId);
  return [
    { head: "Name", cell: ({ id, name }) => <OpenLink id={id}>{name}</OpenLink> },
    { head: "Priority", align: "right", cell: ({ priority }) => priority },
    { head: "Status", cell: ({ status }) => status },
    {
      head: "Condition",
      cell: (rule) => (
        <PageLink to={paths.metric(rule.config.metricId)}>{conditionWords(rule.config, metricOf(rule))}</PageLink>
      ),
    },
    { head: "Changed", isTime: true, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
  ];
}
