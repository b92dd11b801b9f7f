/** One chart of a critical interaction; a place of it leads to the results that it counts. */

import { Badge, Paper, SimpleGrid } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { Chart } from "../../../components/chart/Chart";
import { useGo } from "../../../components/PageLink";
import { paths } from "../../../lib/address/paths";
import type { ChartData, ChartPoint } from "../../../lib/chart/model";
import { countSummary, valueSummary } from "../../../lib/chart/summary";
import { rangeInside } from "../../../lib/critical/range";
import type { ResultFilter } from "../../../lib/critical/results";
import { formatRange } from "../../../lib/time/range";
import { useHref } from "../../../state/address";
import type { Health } from "../../../state/health";
import { useClock } from "../../../state/preferences";

export function Figures({ children }: { readonly children: ReactNode }) {
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" verticalSpacing="lg">
      {children}
    </SimpleGrid>
  );
}

interface FigureOfProps {
  readonly answer: Health;
  readonly caption: string;
  readonly data: ChartData;
  /** Whether the link that led here is about this chart. */
  readonly isMeant: boolean;
  readonly filterOf: (point: ChartPoint) => ResultFilter;
}

export function FigureOf({ answer, caption, data, isMeant, filterOf }: FigureOfProps) {
  const clock = useClock();
  const go = useGo();
  const href = useHref();
  const chart = (
    <Chart
      caption={caption}
      summary={data.unit === "count" ? countSummary(data, "results", clock) : valueSummary(data)}
      data={data}
      onPoint={(point) => {
        const range = formatRange(rangeInside(point, answer));
        go(href(paths.criticalInteraction(answer.name), { tab: "results", ...filterOf(point), ...range }));
      }}
    />
  );
  return isMeant ? <Meant>{chart}</Meant> : chart;
}

/** The chart that a link is about: it is marked, and comes into view by itself. */
function Meant({ children }: { readonly children: ReactNode }) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // It returns a promise in newer browsers, which React would take for a clean-up.
    void frame.current?.scrollIntoView({ block: "center" });
  }, []);
  return (
    <Paper ref={frame} withBorder p="sm" className="meant">
      <Badge variant="outline" className="badge" c="var(--mantine-color-text)" mb={6}>
        the figure of the link
      </Badge>
      {children}
    </Paper>
  );
}
