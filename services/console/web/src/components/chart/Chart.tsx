/**
 * A chart of the page's time range, as a figure: caption, one sentence of summary, legend, and on a button the same
 * figures as a table, which is the keyboard's way to all that a pointer can open. What draws it is loaded when the first
 * chart is shown.
 */

import "./chart.css";
import { Box, Button, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { lazy, Suspense, useId } from "react";
import { type ChartData, type ChartPoint, isDaily } from "../../lib/chart/model";
import { zoneName } from "../../lib/time/zone";
import { usePreferences } from "../../state/preferences";
import { Waiting } from "../states/Loaded";
import { ChartTable } from "./ChartTable";
import { Legend } from "./Legend";

const Plot = lazy(() => import("./Plot"));

export interface ChartProps {
  /** What it shows, in a few words: `Interactions by action`. It is the table's caption too. */
  readonly caption: string;
  /** One sentence that says what is to be seen; `lib/chart/summary` writes the usual ones. */
  readonly summary: string;
  /**
   * Stacked bars over buckets (`bucketMs`), lines, or scattered points. `times` ascend, and each series has one value
   * for each of them, null where there is none. At most `MOST_SERIES` can be told apart. Keep it the same object while
   * nothing changes (`useMemo`).
   */
  readonly data: ChartData;
  /** Durations on a logarithmic axis. */
  readonly isLog?: boolean;
  /** Open what lies under a point, a bar or, with `series` null, a bucket. */
  readonly onPoint?: (point: ChartPoint) => void;
  /** In pixels. */
  readonly height?: number;
}

export function Chart({ caption, summary, data, isLog = false, onPoint, height = 200 }: ChartProps) {
  const [isTable, { toggle }] = useDisclosure(false);
  const { zone } = usePreferences().preferences;
  const id = useId();
  return (
    <Box component="figure" className="chart" aria-labelledby={id}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="sm" mb={4}>
        <div>
          <Text component="figcaption" id={id} fw={600}>
            {caption}
          </Text>
          <Text size="sm" className="dimmed">
            {summary}
          </Text>
        </div>
        <Button size="compact-sm" variant="default" onClick={toggle} aria-pressed={isTable} flex="none">
          Show as table
        </Button>
      </Group>
      {isTable ? (
        <ChartTable caption={caption} data={data} onPoint={onPoint} />
      ) : (
        <>
          <Suspense fallback={<Waiting height={height} />}>
            <Plot caption={caption} data={data} isLog={isLog} onPoint={onPoint} height={height} />
          </Suspense>
          <Group justify="space-between" gap="xs" mt={4}>
            <Legend kind={data.kind} series={data.series} />
            <Text size="xs" className="dimmed" ml="auto">
              {isDaily(data) ? "Days (UTC)" : `Time (${zoneName(zone)})`}
            </Text>
          </Group>
        </>
      )}
    </Box>
  );
}
