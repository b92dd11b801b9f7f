/** How the figures went over the range, chart by chart. */

import { useMemo } from "react";
import {
  type Bucket,
  chartData,
  chartsFor,
  type FigureChart,
  filterAt,
  isChartOf,
  type Metric,
} from "../../../lib/critical/figures";
import { withoutEmptyBeginning } from "../../../lib/critical/range";
import type { Health } from "../../../state/health";
import { useRange } from "../../../state/range";
import { FigureOf, Figures } from "./FigureOf";

interface ChartsProps {
  readonly of: Health;
  readonly bucketMs: number;
  readonly figure: Metric | undefined;
}

export function Charts({ of, bucketMs, figure }: ChartsProps) {
  const { fromMs } = useRange();
  // Without a bound the charts begin where there is something.
  const buckets = useMemo(() => (fromMs === null ? withoutEmptyBeginning(of.series) : of.series), [of.series, fromMs]);
  return (
    <Figures>
      {chartsFor(figure).map((chart) => (
        <One
          key={chart.name}
          chart={chart}
          of={of}
          buckets={buckets}
          bucketMs={bucketMs}
          isMeant={isChartOf(chart, figure)}
        />
      ))}
    </Figures>
  );
}

interface OneProps {
  readonly chart: FigureChart;
  readonly of: Health;
  readonly buckets: readonly Bucket[];
  readonly bucketMs: number;
  readonly isMeant: boolean;
}

function One({ chart, of, buckets, bucketMs, isMeant }: OneProps) {
  const data = useMemo(() => chartData(chart, buckets, bucketMs), [chart, buckets, bucketMs]);
  return (
    <FigureOf
      answer={of}
      caption={chart.caption}
      data={data}
      isMeant={isMeant}
      filterOf={({ series }) => filterAt(chart, series)}
    />
  );
}
