/** Stacked bars of how many interactions there were, above the list. */

import { Group, NativeSelect, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { useGet } from "../../api/queries";
import { Chart } from "../../components/chart/Chart";
import { Loaded } from "../../components/states/Loaded";
import { bucketSeries, type Granularity, granularityOf } from "../../lib/chart/buckets";
import type { ChartData, ChartPoint } from "../../lib/chart/model";
import { countSummary } from "../../lib/chart/summary";
import { between, formatRange } from "../../lib/time/range";
import { useSearchText } from "../../state/address";
import { useClock } from "../../state/preferences";
import { useRange } from "../../state/range";
import { COUNTED_FILTERS, filtersOf, type ListChanges, type ListValues, namesOf } from "./fields";
import { useOldest } from "./useOldest";

interface TimelineProps {
  readonly values: ListValues;
  readonly change: (changes: ListChanges) => void;
}

const GROUPS = { action: "Action", resourceType: "Resource type", origin: "Origin" } as const;
const NOUN = "interactions";

export function Timeline({ values, change }: TimelineProps) {
  const { fromMs, toMs, from, to } = useRange();
  const { groupBy, dateField } = values;
  const oldest = useOldest(dateField, from === undefined);
  const granularity = granularityOf(fromMs, toMs);
  const filters = filtersOf(values);
  const counted = Object.fromEntries(COUNTED_FILTERS.map((name) => [name, filters[name]]));
  const timeline = useGet(
    "/api/interactions/timeline",
    {
      params: {
        query: {
          ...counted,
          groupBy,
          dateField,
          granularity: granularity.name,
          startDate: from ?? oldest,
          endDate: to,
        },
      },
    },
    { enabled: from !== undefined || oldest !== undefined },
  );
  const leftOut = namesOf(Object.keys(filters).filter((name) => !COUNTED_FILTERS.some((one) => one === name)));
  return (
    <Stack gap={4}>
      <Group justify="space-between" align="flex-end" gap="xs">
        <NativeSelect
          size="xs"
          label="Colours by"
          data={Object.entries(GROUPS).map(([value, label]) => ({ value, label }))}
          value={groupBy}
          onChange={(event) => change({ groupBy: event.currentTarget.value as typeof groupBy })}
        />
        {leftOut.length > 0 && (
          <Text size="sm" role="note">
            The chart leaves out: {leftOut.join(", ")}.
          </Text>
        )}
      </Group>
      <Loaded query={timeline} what="the timeline" height={300}>
        {({ data }) => <Bars buckets={data} groupBy={groupBy} granularity={granularity} />}
      </Loaded>
    </Stack>
  );
}

interface BarsProps {
  readonly buckets: Parameters<typeof bucketSeries>[0];
  readonly groupBy: keyof typeof GROUPS;
  readonly granularity: Granularity;
}

function Bars({ buckets, groupBy, granularity }: BarsProps) {
  const clock = useClock();
  const [, changeAddress] = useSearchText();
  const data = useMemo(
    (): ChartData => ({ kind: "bars", unit: "count", bucketMs: granularity.ms, ...bucketSeries(buckets, NOUN) }),
    [buckets, granularity.ms],
  );
  const groups = useMemo(
    () => new Set(buckets.flatMap((bucket) => (bucket.groups ?? []).map(({ key }) => key))),
    [buckets],
  );
  const open = ({ timeMs, endMs, series }: ChartPoint) => {
    const name = series === null ? "" : (data.series[series]?.name ?? "");
    const group = groups.has(name) ? { [groupBy]: name } : {};
    changeAddress({ ...formatRange(between(timeMs, endMs)), ...group, page: undefined });
  };
  return <Chart caption="Count over time" summary={countSummary(data, NOUN, clock)} data={data} onPoint={open} />;
}
