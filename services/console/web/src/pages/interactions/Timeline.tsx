/** Stacked bars of how many interactions there were, above the list. */

import { Group, NativeSelect, Stack, Text } from "@mantine/core";
import { useGet } from "../../api/queries";
import { useOldest } from "../../api/useOldest";
import { InteractionBars } from "../../components/chart/InteractionBars";
import { Loaded } from "../../components/states/Loaded";
import { granularityOf } from "../../lib/chart/buckets";
import { formatRange } from "../../lib/time/range";
import { useSearchText } from "../../state/address";
import { useRange } from "../../state/range";
import { COUNTED_FILTERS, filtersOf, type ListChanges, type ListValues, namesOf } from "./fields";

interface TimelineProps {
  readonly values: ListValues;
  readonly change: (changes: ListChanges) => void;
}

const GROUPS = { action: "Action", resourceType: "Resource type", origin: "Origin" } as const;

export function Timeline({ values, change }: TimelineProps) {
  const { fromMs, toMs, from, to } = useRange();
  const [, changeAddress] = useSearchText();
  const { groupBy, dateField } = values;
  const oldest = useOldest(dateField, from === undefined);
  const beginMs = oldest === undefined ? fromMs : Date.parse(oldest);
  const granularity = granularityOf(beginMs, toMs ?? Date.now());
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
        {({ data }) => (
          <InteractionBars
            caption="Count over time"
            buckets={data}
            granularity={granularity}
            onOpen={(range, group) =>
              changeAddress({
                ...formatRange(range),
                ...(group === undefined ? {} : { [groupBy]: group }),
                page: undefined,
              })
            }
          />
        )}
      </Loaded>
    </Stack>
  );
}
