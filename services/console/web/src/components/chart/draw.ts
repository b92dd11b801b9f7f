/** Bars, lines and points as uPlot draws them, with the looks of their series. */

import uPlot from "uplot";
import { lonePlaces } from "../../lib/chart/lone";
import { type Look, PAPER, type Scheme, TILE } from "../../lib/chart/looks";
import type { ChartData } from "../../lib/chart/model";
import type { Layer } from "../../lib/chart/stack";

/** What one series is drawn with. `y` makes a value a place on the axis. */
export interface Drawing {
  readonly data: ChartData;
  readonly layers: readonly Layer[];
  readonly scheme: Scheme;
  readonly looks: readonly Look[];
}

/** Return the options of series `at`, counted without the times. */
export function seriesOptions(drawing: Drawing, at: number): uPlot.Series {
  const look = drawing.looks[at] as Look;
  const colour = look.colour[drawing.scheme];
  const name = drawing.data.series[at]?.name;
  switch (drawing.data.kind) {
    case "bars":
      return {
        label: name,
        fill: () => pattern(look, drawing.scheme),
        stroke: PAPER[drawing.scheme],
        width: 1,
        paths: bars(drawing, at),
        points: { show: false },
      };
    case "lines":
      return {
        label: name,
        stroke: colour,
        width: 2,
        dash: [...look.dash],
        points: { size: 5, fill: colour, filter: alone },
      };
    case "scatter":
      return {
        label: name,
        fill: colour,
        stroke: PAPER[drawing.scheme],
        width: 0.5,
        paths: points(look),
        points: { show: false },
      };
  }
}

function bars({ data, layers }: Drawing, at: number): uPlot.Series.PathBuilder {
  const { times, bucketMs = 0 } = data;
  return (plot) => {
    const path = new Path2D();
    const { lower, upper } = layers[at] as Layer;
    times.forEach((ms, index) => {
      const top = upper[index];
      const bottom = lower[index] ?? 0;
      if (top === null || top === undefined || top === bottom) return;
      const left = plot.valToPos(ms, "x", true);
      const gap = Math.min(2, (plot.valToPos(ms + bucketMs, "x", true) - left) / 4);
      const width = Math.max(1, plot.valToPos(ms + bucketMs, "x", true) - left - gap);
      const [high, low] = [plot.valToPos(top, "y", true), plot.valToPos(bottom, "y", true)];
      path.rect(left, high, width, Math.max(1, low - high));
    });
    return { fill: path, stroke: path };
  };
}

/** Have the values without a neighbour drawn, even where points stand too close to draw all. */
function alone(plot: uPlot, series: number, areAllShown: boolean): number[] | null {
  return areAllShown ? null : lonePlaces(plot.data[series] ?? []);
}

function points(look: Look): uPlot.Series.PathBuilder {
  return (plot, series) => {
    const path = new Path2D();
    const marker = new Path2D(look.marker);
    const size = uPlot.pxRatio;
    const [times, values] = [plot.data[0], plot.data[series] as readonly (number | null)[]];
    values.forEach((value, index) => {
      if (value === null) return;
      const [x, y] = [plot.valToPos(times[index] as number, "x", true), plot.valToPos(value, "y", true)];
      path.addPath(marker, { a: size, d: size, e: x, f: y });
    });
    return { fill: path, stroke: path };
  };
}

function pattern(look: Look, scheme: Scheme): CanvasPattern | string {
  const colour = look.colour[scheme];
  const size = TILE * uPlot.pxRatio;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [size, size];
  const context = canvas.getContext("2d");
  if (context === null || look.tile === "") return colour;
  context.fillStyle = colour;
  context.fillRect(0, 0, size, size);
  context.scale(uPlot.pxRatio, uPlot.pxRatio);
  context.strokeStyle = PAPER[scheme];
  context.lineWidth = 1.5;
  context.stroke(new Path2D(look.tile));
  return context.createPattern(canvas, "repeat") ?? colour;
}
