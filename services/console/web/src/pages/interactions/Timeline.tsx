/** Stacked bars of how many interactions there were, above the list. */

import { Group, NativeSelect, Stack, Text } from "@mantine/core";
import { InteractionBars } from "../../components/chart/InteractionBars";
import { Loaded } from "../../components/states/Loaded";
import { formatRange } from "../../lib/time/range";
import { useSearchText } from "../../state/address";
import { useTimeline } from "../../state/timeline";
import { COUNTED_FILTERS, filtersOf, type ListChanges, type ListValues, namesOf } from "./fields";

interface TimelineProps {
  readonly values: ListValues;
  readonly change: (changes: ListChanges) => void;
}

const GROUPS = { action: "Action", resourceType: "Resource type", origin: "Origin" } as const;

export function Timeline({ values, change }: TimelineProps) {
  const [, changeAddress] = useSearchText();
  const { groupBy, dateField } = values;
  const filters = filtersOf(values);
  const counted = Object.fromEntries(COUNTED_FILTERS.map((name) => [name, filters[name]]));
  const { counts, countable } = useTimeline({ groupBy, dateField, filters: counted });
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
      <Loaded query={counts} what="the timeline" height={300}>
        {({ data }) => (
          <InteractionBars
            caption="Count over time"
            buckets={data}
            countable={countable}
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
