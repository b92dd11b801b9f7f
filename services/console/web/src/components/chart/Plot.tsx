/**
 * The drawn part of a chart. Dragging across it chooses the page's time range, a click opens what lies there, and the
 * crosshair stands at the same time in all charts of the page. Left and Right move it by keys, Enter opens.
 */

import "uplot/dist/uPlot.min.css";
import { useComputedColorScheme } from "@mantine/core";
import { type KeyboardEvent, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { timeBounds } from "../../lib/chart/axes";
import { type ChartData, type ChartPoint, pointAt } from "../../lib/chart/model";
import { between } from "../../lib/time/range";
import { useClock } from "../../state/preferences";
import { useRange } from "../../state/range";
import { type Over, overAt, type Plotted, plotOptions, plotted } from "./options";
import { Readout } from "./Readout";

interface PlotProps {
  readonly caption: string;
  readonly data: ChartData;
  readonly isLog: boolean;
  readonly onPoint?: (point: ChartPoint) => void;
  readonly height: number;
}

export default function Plot({ caption, data, isLog, onPoint, height }: PlotProps) {
  const chart = usePlotted(data, isLog);
  const { choose } = useRange();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [over, setOver] = useState<Over | null>(null);
  const [isByKeys, setIsByKeys] = useState(false);

  const zoom = useEffectEvent((fromMs: number, toMs: number) => choose(between(Math.floor(fromMs), Math.ceil(toMs))));
  const move = useEffectEvent((next: Over | null) => {
    setIsByKeys(false);
    setOver((before) => (before?.index === next?.index && before?.series === next?.series ? before : next));
  });
  const open = useEffectEvent((at: Over | null) => {
    if (at !== null) onPoint?.(pointAt(data, at.index, at.series));
  });

  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const size = () => ({ width: element.clientWidth, height });
    const behaviour = { onZoom: (a: number, b: number) => zoom(a, b), onMove: (next: Over | null) => move(next) };
    const drawn = new uPlot(plotOptions(chart, { ...size(), ...behaviour }), chart.columns, element);
    drawn.over.addEventListener("click", () => open(overAt(chart, drawn)));
    plot.current = drawn;
    const observer = new ResizeObserver(() => {
      if (drawn.width !== element.clientWidth) drawn.setSize(size());
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
      plot.current = null;
    };
  }, [chart, height]);

  const goTo = (index: number) => {
    const bounded = Math.max(0, Math.min(data.times.length - 1, index));
    const middleMs = (data.times[bounded] ?? 0) + (data.bucketMs ?? 0) / 2;
    plot.current?.setCursor({ left: plot.current.valToPos(middleMs, "x"), top: 0 }, false);
    setIsByKeys(true);
    setOver({ index: bounded, series: data.kind === "bars" ? null : firstSeriesAt(data, bounded) });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const target = targetOf(event.key, over?.index, data.times.length);
    if (target !== undefined) goTo(target);
    else if (event.key === "Escape") setOver(null);
    else if (event.key === "Enter") open(over);
    else return;
    event.preventDefault();
  };

  const shown = over !== null && over.index < data.times.length ? over : null;
  const middleMs = (chart.bounds.min + chart.bounds.max) / 2;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form
    <div
      role="group"
      aria-label={`${caption}, drawn; the arrow keys read it`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the crosshair moves by keys
      tabIndex={0}
      className={`chart-plot ${onPoint === undefined ? "" : "opens"}`}
      onKeyDown={onKeyDown}
      onBlur={() => setOver(null)}
    >
      <div ref={frame} style={{ height }} />
      {shown !== null && (
        <Readout
          data={data}
          over={shown}
          isTold={isByKeys}
          side={(data.times[shown.index] ?? 0) < middleMs ? "right" : "left"}
        />
      )}
    </div>
  );
}

function usePlotted(data: ChartData, isLog: boolean): Plotted {
  const { fromMs, toMs } = useRange();
  const clock = useClock();
  const scheme = useComputedColorScheme("light");
  return useMemo(
    () => plotted(data, { isLog, scheme, clock, bounds: timeBounds(data, fromMs, toMs) }),
    [data, isLog, scheme, clock, fromMs, toMs],
  );
}

/** Return the index that a key leads to; undefined for a key that leads nowhere. */
function targetOf(key: string, at: number | undefined, count: number): number | undefined {
  if (count === 0) return undefined;
  switch (key) {
    case "ArrowLeft":
      return at === undefined ? count - 1 : at - 1;
    case "ArrowRight":
      return at === undefined ? 0 : at + 1;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

function firstSeriesAt({ series }: ChartData, index: number): number | null {
  const first = series.findIndex(({ values }) => values[index] !== null);
  return first < 0 ? null : first;
}
