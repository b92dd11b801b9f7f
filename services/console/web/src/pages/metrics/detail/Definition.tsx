/** What a metric works out, from which records, and how far its values are. */

import { Code, Stack, Text } from "@mantine/core";
import { Fields } from "../../../components/Fields";
import { Section } from "../../../components/Section";
import { Time } from "../../../components/Time";
import { filterOf } from "../../../lib/metrics/conditions";
import { filterWords } from "../../../lib/metrics/filterWords";
import { metricWords } from "../../../lib/metrics/words";
import { formatNumber } from "../../../lib/numbers";
import type { Metric } from "../api";
import { modeWords } from "../list/MetricList";
import { StateWords } from "../StateWords";

export function Definition({ of: metric }: { readonly of: Metric }) {
  const { description, filterConditions, sqlFilter, skipped } = metric;
  return (
    <Section title="Definition">
      <Stack gap="sm">
        {description !== null && <Text>{description}</Text>}
        <Fields
          items={[
            ["Computes", metricWords(metric)],
            ["Filter", filterConditions === null ? null : <Filter key="filter" conditions={filterConditions} />],
            ["SQL filter", sqlFilter === null ? null : <Code key="sql">{sqlFilter}</Code>],
            ["Mode", modeWords(metric)],
            ["Status", metric.status === "paused" ? "paused: its values stay as they were" : "active"],
            ["State", <StateWords key="state" of={metric} />],
            ["Values", formatNumber(metric._count.values)],
            ["Last computed", metric.lastComputedAt && <Time key="last" at={metric.lastComputedAt} ago zoned />],
            ["Next", metric.nextComputeAt && <Time key="next" at={metric.nextComputeAt} ago zoned />],
            [
              "Skipped",
              skipped.notNumeric === 0 ? null : `${formatNumber(skipped.notNumeric)} records without a number`,
            ],
            ["Version", metric.version],
            ["Changed", <Time key="changed" at={metric.updatedAt} ago zoned />],
          ]}
        />
      </Stack>
    </Section>
  );
}

/** A filter in words, or as its JSON where there are none for it. */
function Filter({ conditions }: { readonly conditions: unknown }) {
  const filter = filterOf(conditions);
  return filter === undefined ? <Code>{JSON.stringify(conditions)}</Code> : filterWords(filter);
}
