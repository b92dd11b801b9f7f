/** The figures under the crosshair. */

import { looksOf } from "../../lib/chart/looks";
import { type ChartData, formatValue } from "../../lib/chart/model";
import { formatChartTime } from "../../lib/chart/summary";
import { useClock } from "../../state/preferences";
import { Sample } from "./Legend";
import type { Over } from "./options";

interface ReadoutProps {
  readonly data: ChartData;
  readonly over: Over;
  /** Say it to a screen reader: keys brought the crosshair here. */
  readonly isTold: boolean;
  readonly side: "left" | "right";
}

export function Readout({ data, over: { index, series }, isTold, side }: ReadoutProps) {
  const clock = useClock();
  const looks = looksOf(data.series);
  return (
    <div className="chart-readout" style={{ [side]: 56 }} aria-live={isTold ? "polite" : "off"}>
      <div className="numbers">{formatChartTime(data, data.times[index] ?? 0, clock)}</div>
      <ul className="chart-legend">
        {data.series.map(({ name, values }, at) => {
          const value = values[index];
          const look = looks[at];
          if (value === null || value === undefined || look === undefined) return null;
          return (
            <li key={name} style={{ fontWeight: at === series ? 700 : undefined }}>
              <Sample kind={data.kind} look={look} />
              {name} {formatValue(value, data.unit)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
