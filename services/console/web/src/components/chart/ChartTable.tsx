/** The figures of a chart as a table; what a click on the chart opens, a button in the cell opens. */

import { Anchor } from "@mantine/core";
import { useMemo } from "react";
import { type ChartData, type ChartPoint, formatValue, isDaily, pointAt } from "../../lib/chart/model";
import { formatChartTime } from "../../lib/chart/summary";
import { toRfc3339 } from "../../lib/time/zone";
import { useClock } from "../../state/preferences";
import { Time } from "../Time";
import { type Column, DataTable } from "../table/DataTable";

interface ChartTableProps {
  readonly caption: string;
  readonly data: ChartData;
  readonly onPoint?: (point: ChartPoint) => void;
}

export function ChartTable({ caption, data, onPoint }: ChartTableProps) {
  const rows = useMemo(() => data.times.map((_, index) => index), [data]);
  const columns: Column<number>[] = [
    isDaily(data)
      ? { head: "Day (UTC)", cell: (index) => <Day ms={data.times[index] ?? 0} /> }
      : {
          head: data.bucketMs === undefined ? "Time" : "From",
          isTime: true,
          cell: (index) => <Time at={data.times[index] ?? 0} millis={data.bucketMs === undefined} />,
        },
    ...data.series.map(({ name, values }, series) => ({
      head: name,
      align: "right" as const,
      cell: (index: number) => {
        const value = values[index];
        return value === null || value === undefined ? (
          "–"
        ) : (
          <Value data={data} value={value} point={pointAt(data, index, series)} onPoint={onPoint} />
        );
      },
    })),
  ];
  return <DataTable caption={caption} columns={columns} rows={rows} rowKey={String} />;
}

interface ValueProps {
  readonly data: ChartData;
  readonly value: number;
  readonly point: ChartPoint;
  readonly onPoint?: (point: ChartPoint) => void;
}

function Value({ data, value, point, onPoint }: ValueProps) {
  const clock = useClock();
  const words = formatValue(value, data.unit);
  if (onPoint === undefined) return <span className="numbers">{words}</span>;
  const where = `${data.series[point.series ?? 0]?.name}, ${formatChartTime(data, point.timeMs, clock)}`;
  return (
    <Anchor
      inherit
      component="button"
      className="numbers"
      onClick={() => onPoint(point)}
      aria-label={`${words}, ${where}`}
    >
      {words}
    </Anchor>
  );
}

function Day({ ms }: { readonly ms: number }) {
  const utc = toRfc3339(ms);
  return (
    <time dateTime={utc} title={utc} className="numbers">
      {utc.slice(0, 10)}
    </time>
  );
}
