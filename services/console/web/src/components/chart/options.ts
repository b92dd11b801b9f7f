/** What uPlot is told of a chart: scales, axes, series, and what a pointer does. */

import uPlot from "uplot";
import { ticksOfTime, type ValueAxis, valueAxis } from "../../lib/chart/axes";
import { GRID, INK, looksOf, type Scheme } from "../../lib/chart/looks";
import type { ChartData } from "../../lib/chart/model";
import { indexAtOrBefore, type Layer, nearestIndex, nearestPoint, stack } from "../../lib/chart/stack";
import type { Bounds } from "../../lib/chart/ticks";
import type { Clock } from "../../lib/time/zone";
import { type Drawing, seriesOptions } from "./draw";

/** A place over a chart; without a series it is a bucket's or a time's. */
export interface Over {
  readonly index: number;
  readonly series: number | null;
}

export interface Plotted extends Drawing {
  readonly clock: Clock;
  readonly bounds: Bounds;
  readonly axis: ValueAxis;
  /** The times, and each series' places on the upright axis. */
  readonly columns: uPlot.AlignedData;
}

interface Behaviour {
  readonly width: number;
  readonly height: number;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onMove: (over: Over | null) => void;
}

/** Charts whose crosshairs move together. */
const PAGE = "page";
/** How far from a point a pointer still means it, in pixels. */
const REACH = 14;
const DRAG_FROM = 6;
const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
/** The room of a label beside the time axis, in pixels. */
const TIME_LABEL = 84;

export function plotted(
  data: ChartData,
  look: { readonly isLog: boolean; readonly scheme: Scheme; readonly clock: Clock; readonly bounds: Bounds },
): Plotted {
  const layers: readonly Layer[] = data.kind === "bars" ? stack(data.series) : [];
  const axis = valueAxis(data, layers, look.isLog);
  const values = data.kind === "bars" ? layers.map(({ upper }) => upper) : data.series.map(({ values }) => values);
  const columns = values.map((column) => column.map((value) => (value === null ? null : axis.place(value))));
  return { data, layers, looks: looksOf(data.series), axis, columns: [[...data.times], ...columns], ...look };
}

export function plotOptions(chart: Plotted, { width, height, onZoom, onMove }: Behaviour): uPlot.Options {
  const { bounds, axis, scheme } = chart;
  const common = { stroke: INK[scheme], font: FONT, ticks: { stroke: GRID[scheme] } };
  return {
    width,
    height,
    ms: 1,
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [bounds.min, bounds.max] },
      y: { range: () => [axis.bounds.min, axis.bounds.max] },
    },
    axes: [
      {
        ...common,
        grid: { show: false },
        size: 44,
        splits: (plot) => timeTicksOf(chart, plot).map(({ at }) => at),
        values: (plot) => timeTicksOf(chart, plot).map(({ label }) => label),
      },
      {
        ...common,
        grid: { stroke: GRID[scheme], width: 1 },
        size: (_, labels) => 20 + 7 * Math.max(0, ...(labels ?? []).map((label) => label.length)),
        splits: () => axis.ticks.map(({ at }) => at),
        values: () => axis.ticks.map(({ label }) => label),
      },
    ],
    series: [{}, ...chart.data.series.map((_, at) => seriesOptions(chart, at))],
    cursor: {
      y: false,
      points: { show: chart.data.kind === "lines" },
      drag: { x: true, y: false, setScale: false, dist: DRAG_FROM },
      sync: {
        key: PAGE,
        scales: ["x", null],
        setSeries: false,
        // Only the crosshair is shared: were dragging, each chart of the page would zoom.
        filters: { pub: (type) => type === "mousemove" || type === "mouseleave" },
      },
    },
    hooks: {
      setCursor: [(plot) => onMove(overAt(chart, plot))],
      setSelect: [
        (plot) => {
          const { left, width: across } = plot.select;
          if (across <= 0) return;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          onZoom(plot.posToVal(left, "x"), plot.posToVal(left + across, "x"));
        },
      ],
    },
  };
}

function timeTicksOf(chart: Plotted, plot: uPlot) {
  return ticksOfTime(chart.data, chart.bounds, chart.clock, plot.bbox.width / uPlot.pxRatio / TIME_LABEL);
}

/** Return what the cursor of a plot is over; null when it is over nothing. */
export function overAt({ data, axis, layers }: Plotted, plot: uPlot): Over | null {
  const { left = -1, top = -1 } = plot.cursor;
  if (left < 0 || data.times.length === 0) return null;
  const ms = plot.posToVal(left, "x");
  const place = (value: number) => plot.valToPos(axis.place(value), "y");
  if (data.kind === "scatter") {
    return (
      nearestPoint(data.times, data.series, ms, REACH, {
        ofTime: (time) => plot.valToPos(time, "x") - left,
        ofValue: (value) => place(value) - top,
      }) ?? null
    );
  }
  if (data.kind === "lines") {
    const index = nearestIndex(data.times, ms);
    const distances = data.series.map(({ values }) => {
      const value = values[index];
      return value === null || value === undefined ? Number.POSITIVE_INFINITY : Math.abs(place(value) - top);
    });
    const least = Math.min(...distances);
    return { index, series: least <= REACH ? distances.indexOf(least) : null };
  }
  const index = indexAtOrBefore(data.times, ms);
  if (index < 0 || ms >= (data.times[index] ?? 0) + (data.bucketMs ?? 0)) return null;
  const value = plot.posToVal(top, "y");
  const series = layers.findIndex(({ lower, upper }) => value >= (lower[index] ?? 0) && value < (upper[index] ?? 0));
  return { index, series: series < 0 ? null : series };
}
