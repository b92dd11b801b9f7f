/** The values of a metric: the greatest or those of a customer, at an instant, over time, and each with its records. */

import { Group, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { type GetData, useGet } from "../../../api/queries";
import { Filter } from "../../../components/Filter";
import { Beside } from "../../../components/record/RecordPanel";
import { Section } from "../../../components/Section";
import { Loaded, Waiting } from "../../../components/states/Loaded";
import { NoMatch } from "../../../components/states/Nothing";
import { Time } from "../../../components/Time";
import { type Column, DataTable } from "../../../components/table/DataTable";
import { type Dimensions, dimensionWords, groupWords, valueWords } from "../../../lib/metrics/words";
import { formatNumber } from "../../../lib/numbers";
import { useAddress } from "../../../state/address";
import { type Metric, VALUES } from "../api";
import { InstantFilter } from "../InstantFilter";
import { ExplainLink } from "./ExplainLink";
import { Explanation } from "./Explanation";
import { FIELDS } from "./fields";
import { SERIES_HEIGHT, Series } from "./Series";
import { type Explained, useExplained } from "./useExplained";

type Value = GetData<typeof VALUES>[number];

const MOST = 20;

export function Values({ of: metric }: { readonly of: Metric }) {
  const { values, change } = useAddress(FIELDS);
  const { customerId, at } = values;
  const explained = useExplained();
  const list = useGet(VALUES, {
    params: {
      path: { id: metric.id },
      query: { customerId: customerId || undefined, at: at || undefined, limit: MOST },
    },
  });
  const columns = useMemo(() => columnsOf(metric, at, explained), [metric, at, explained]);
  const customer = customerId || explained.place?.customerId || list.data?.[0]?.customerId;
  return (
    <Section title="Values" description={describe(metric, at)}>
      <Group align="flex-start">
        <Filter
          label="Customer"
          value={customerId}
          suggestions={list.data?.map((one) => one.customerId).filter(isFirst)}
          onType={(typed) => change({ customerId: typed.trim() }, "typing")}
        />
        <InstantFilter label="At" value={at} onChange={(next) => change({ at: next })} />
      </Group>
      {customer !== undefined && <Series of={metric} customerId={customer} explained={explained} />}
      {customer === undefined && list.isPending && <Waiting height={SERIES_HEIGHT} />}
      <Beside record={explained.place === null ? null : <Explanation of={metric} explained={explained} />}>
        <Loaded query={list} what="the values" height={400}>
          {(found) =>
            found.length === 0 ? (
              <Nothing
                of={metric}
                isFiltered={customerId !== "" || at !== ""}
                onClear={() => change({ customerId: "", at: "" })}
              />
            ) : (
              <Stack gap="xs">
                <DataTable
                  caption="Values"
                  columns={columns}
                  rows={found}
                  rowKey={({ id }) => id}
                  isCurrent={(one) => isExplained(one, explained)}
                />
                {found.length === MOST && (
                  <Text size="sm" className="dimmed">
                    The {MOST} greatest; give a customer to see others.
                  </Text>
                )}
              </Stack>
            )
          }
        </Loaded>
      </Beside>
    </Section>
  );
}

/** Say of which instant the values are: the page's range does not bound them. */
function describe({ computeMode, status }: Metric, at: string): string {
  const range = "The time range of the page is that of the chart alone.";
  if (at !== "") return `The values at the instant given below. ${range}`;
  if (status === "paused") return `The values as they were when the metric was paused. ${range}`;
  return computeMode === "realtime"
    ? `The values of now. ${range}`
    : `The values as they were computed last, each with its time. ${range}`;
}

function columnsOf(metric: Metric, at: string, explained: Explained): readonly Column<Value>[] {
  return [
    {
      head: "Customer",
      cell: (one) => (
        <ExplainLink explained={explained} place={{ customerId: one.customerId, dimensions: one.dimensions, at }}>
          {one.customerId}
        </ExplainLink>
      ),
    },
    ...metric.groupByDimensions.map((name) => ({
      head: name,
      cell: ({ dimensions }: Value) => dimensionWords((dimensions as Dimensions)[name]),
    })),
    { head: "Value", align: "right", cell: ({ value }) => <span className="numbers">{valueWords(value)}</span> },
    { head: "Records", align: "right", cell: ({ recordCount }) => formatNumber(recordCount) },
    { head: "Computed", isTime: true, cell: ({ computedAt }) => <Time at={computedAt} /> },
  ];
}

function isExplained({ customerId, dimensions }: Value, { place }: Explained): boolean {
  return place?.customerId === customerId && groupWords(place.dimensions) === groupWords(dimensions);
}

interface NothingProps {
  readonly of: Metric;
  readonly isFiltered: boolean;
  readonly onClear: () => void;
}

function Nothing({ of: { state, sourceField }, isFiltered, onClear }: NothingProps) {
  if (isFiltered) return <NoMatch isRanged={false} onClear={onClear} />;
  if (state.servingVersion === null) return <Text>There are no values before all of the log is read.</Text>;
  return <Text>No record of a customer has fed it yet: none is or has {sourceField} and passes the filters.</Text>;
}

function isFirst(one: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(one) === index;
}
