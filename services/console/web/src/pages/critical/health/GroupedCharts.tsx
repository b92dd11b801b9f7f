/** The figures group by group: in a table, and as one series each in the charts. */

import { Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { PageLink } from "../../../components/PageLink";
import { Loaded } from "../../../components/states/Loaded";
import { Time } from "../../../components/Time";
import { type Column, DataTable } from "../../../components/table/DataTable";
import { paths } from "../../../lib/address/paths";
import {
  chartsFor,
  type FigureChart,
  type Group,
  groupedData,
  groupName,
  isChartOf,
  type Metric,
  shownGroups,
} from "../../../lib/critical/figures";
import type { ResultFilter } from "../../../lib/critical/results";
import { apdexRating, formatFigure } from "../../../lib/health";
import { formatNumber } from "../../../lib/numbers";
import type { Health, HealthRead } from "../../../state/health";
import { FigureOf, Figures } from "./FigureOf";

interface GroupedChartsProps {
  readonly name: string;
  readonly groupBy: string;
  readonly read: HealthRead;
  readonly figure: Metric | undefined;
}

type FilterOfGroup = (value: string | null) => ResultFilter;

export function GroupedCharts({ name, groupBy, read: { health, asked }, figure }: GroupedChartsProps) {
  // Results can be asked for by their version, not by a dimension.
  const filterOf: FilterOfGroup = (value) => (groupBy === "version" && value !== null ? { version: value } : {});
  return (
    <Loaded query={health} what="the health by group" height={600}>
      {({ data }) => {
        const groups = data.groups ?? [];
        const left = groups.length - shownGroups(groups).length;
        return (
          <Stack gap="lg">
            {asked.isCut && (
              <Text size="sm" role="note">
                Group by group the figures count what ended from <Time at={data.from} zoned /> on.
              </Text>
            )}
            <DataTable
              caption={`Figures by ${groupBy}`}
              columns={columnsOf(groupBy, name, filterOf)}
              rows={groups}
              rowKey={({ value }) => `${value}`}
            />
            {left > 0 && (
              <Text size="sm">
                The charts show those with the most results; {formatNumber(left)} more stand in the table.
              </Text>
            )}
            <Figures>
              {chartsFor(figure).map((chart) => (
                <One
                  key={chart.name}
                  chart={chart}
                  of={data}
                  groupBy={groupBy}
                  bucketMs={asked.granularity.ms}
                  isMeant={isChartOf(chart, figure)}
                  filterOf={filterOf}
                />
              ))}
            </Figures>
          </Stack>
        );
      }}
    </Loaded>
  );
}

interface OneProps {
  readonly chart: FigureChart;
  readonly of: Health;
  readonly groupBy: string;
  readonly bucketMs: number;
  readonly isMeant: boolean;
  readonly filterOf: FilterOfGroup;
}

const NO_GROUPS: readonly Group[] = [];

function One({ chart, of, groupBy, bucketMs, isMeant, filterOf }: OneProps) {
  const groups = of.groups ?? NO_GROUPS;
  const data = useMemo(() => groupedData(chart, groups, bucketMs), [chart, groups, bucketMs]);
  if (data === undefined) return null;
  return (
    <FigureOf
      answer={of}
      caption={`${chart.grouped?.caption} by ${groupBy}`}
      data={data}
      isMeant={isMeant}
      filterOf={({ series }) => ({
        ...chart.grouped?.filter,
        ...(series === null ? {} : filterOf(groups[series]?.value ?? null)),
      })}
    />
  );
}

function columnsOf(groupBy: string, name: string, filterOf: FilterOfGroup): readonly Column<Group>[] {
  const figure = (of: "errorRate" | "p95" | "throughputPerMinute") => (group: Group) => {
    const value = group[of];
    return value === null ? "–" : <span className="numbers">{formatFigure(of, value)}</span>;
  };
  return [
    {
      head: groupBy,
      cell: ({ value }) =>
        groupBy === "version" ? (
          <PageLink to={paths.criticalInteraction(name)} search={{ tab: "results", ...filterOf(value) }}>
            {groupName(value)}
          </PageLink>
        ) : (
          groupName(value)
        ),
    },
    { head: "Results", align: "right", cell: ({ total }) => formatNumber(total) },
    {
      head: "Apdex",
      align: "right",
      cell: ({ apdex }) => (apdex === null ? "–" : `${formatFigure("apdex", apdex)} ${apdexRating(apdex)}`),
    },
    { head: "Error rate", align: "right", cell: figure("errorRate") },
    { head: "p95", align: "right", cell: figure("p95") },
    { head: "Rate", align: "right", cell: figure("throughputPerMinute") },
  ];
}
