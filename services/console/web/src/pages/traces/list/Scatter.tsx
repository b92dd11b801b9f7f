/** How long traces took over when they began, each a point that opens its trace. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Problem } from "../../../api/problem";
import { get } from "../../../api/queries";
import { Chart } from "../../../components/chart/Chart";
import { useGo } from "../../../components/PageLink";
import { Loaded } from "../../../components/states/Loaded";
import type { ChartData } from "../../../lib/chart/model";
import { pointSummary } from "../../../lib/chart/summary";
import { formatNumber } from "../../../lib/numbers";
import { useHref } from "../../../state/address";
import { linkTo, type Summary } from "./summaries";

interface ScatterProps {
  /** What is asked for, as the API takes it, without a page. */
  readonly query: Readonly<Record<string, unknown>>;
}

interface Newest {
  readonly traces: readonly Summary[];
  readonly total: number;
}

/** The most that the API gives at once, and how often it is asked. */
const PAGE_SIZE = 100;
const PAGES = 5;
const HEIGHT = 200;

export function Scatter({ query }: ScatterProps) {
  const go = useGo();
  const href = useHref();
  const newest = useQuery<Newest, Problem>({
    queryKey: ["newest traces", query],
    queryFn: ({ signal }) => readNewest(query, signal),
    placeholderData: keepPreviousData,
  });
  const traces = useMemo(() => newest.data?.traces.toReversed() ?? [], [newest.data]);
  const data = useMemo(() => dataOf(traces), [traces]);
  return (
    <Loaded query={newest} what="the chart" height={HEIGHT + 80}>
      {({ total }) =>
        traces.length > 0 && (
          <Chart
            caption="Duration by start"
            summary={pointSummary(data, nounOf(traces.length, total))}
            data={data}
            isLog
            height={HEIGHT}
            onPoint={({ index }) => {
              const trace = traces[index];
              if (trace === undefined) return;
              const { to, search } = linkTo(trace);
              go(href(to, search));
            }}
          />
        )
      }
    </Loaded>
  );
}

function nounOf(shown: number, total: number): string {
  return shown < total ? `newest of ${formatNumber(total)} traces` : "traces";
}

async function readNewest(query: ScatterProps["query"], signal: AbortSignal): Promise<Newest> {
  const read = (page: number) =>
    get("/api/traces", { params: { query: { ...query, page, limit: PAGE_SIZE } } }, signal);
  const first = await read(1);
  const { total, totalPages } = first.pagination;
  const others = Array.from({ length: Math.max(0, Math.min(PAGES, totalPages) - 1) }, (_, index) => read(index + 2));
  return { traces: [first, ...(await Promise.all(others))].flatMap((page) => page.data), total };
}

/** Return points for traces in the order of their starts. */
function dataOf(traces: readonly Summary[]): ChartData {
  const durations = (isError: boolean) =>
    traces.map(({ errorCount, durationMs }) => (errorCount > 0 === isError ? durationMs : null));
  return {
    kind: "scatter",
    unit: "duration",
    times: traces.map(({ startedAt }) => Date.parse(startedAt)),
    series: [
      { name: "without errors", values: durations(false) },
      { name: "with errors", values: durations(true), isError: true },
    ],
  };
}
