/** A whole trace in small, with a brush that chooses the part of its time that the rows show. */

import { Button, useComputedColorScheme } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { formatDuration } from "../../../lib/time/zone";
import { type View, viewBetween } from "../../../lib/tree/axis";
import type { Trace } from "../../../lib/tree/trace";

interface MiniMapProps {
  readonly trace: Trace;
  readonly whole: View;
  readonly view: View;
  readonly onView: (view: View, how?: "choice" | "typing") => void;
}

/** A part of the map from where it is held to where the pointer is, which came down at `beganX`. */
interface Drag {
  readonly fromX: number;
  readonly toX: number;
  readonly beganX: number;
}

const HEIGHT = 48;
/** What is dragged less far is a click. */
const DRAG_PX = 3;
const KEY_SHARE = 0.02;

export function MiniMap({ trace, whole, view, onView }: MiniMapProps) {
  const length = whole.toMs - whole.fromMs;
  const [drag, setDrag] = useState<Drag | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const msAt = (x: number) => whole.fromMs + (x / (box.current?.clientWidth || 1)) * length;
  const xAt = (ms: number) => ((ms - whole.fromMs) / length) * (box.current?.clientWidth || 1);
  const xOf = (event: PointerEvent) => event.clientX - (box.current?.getBoundingClientRect().left ?? 0);
  const isDragged = drag !== null && Math.abs(drag.toX - drag.beganX) > DRAG_PX;
  const shown = !isDragged ? view : viewBetween(msAt(drag.fromX), msAt(drag.toX), whole);
  const percent = (ms: number) => `${(ms / length) * 100}%`;
  const isWhole = shown.fromMs === whole.fromMs && shown.toMs === whole.toMs;
  return (
    <div className="minimap">
      <div
        ref={box}
        className="map"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const { end } = (event.target as HTMLElement).dataset;
          const fixed = end === "fromMs" ? view.toMs : end === "toMs" ? view.fromMs : undefined;
          setDrag({ fromX: fixed === undefined ? xOf(event) : xAt(fixed), toX: xOf(event), beganX: xOf(event) });
        }}
        onPointerMove={(event) => drag && setDrag({ ...drag, toX: xOf(event) })}
        onPointerUp={() => {
          if (isDragged) onView(shown);
          setDrag(null);
        }}
        onPointerCancel={() => setDrag(null)}
      >
        <Bars trace={trace} whole={whole} />
        <div className="shade" style={{ left: 0, width: percent(shown.fromMs - whole.fromMs) }} />
        <div className="shade" style={{ right: 0, width: percent(whole.toMs - shown.toMs) }} />
        <Handle name="Begin of the shown part" end="fromMs" {...{ whole, view: shown, onView }} />
        <Handle name="End of the shown part" end="toMs" {...{ whole, view: shown, onView }} />
      </div>
      {!isWhole && (
        <Button size="compact-xs" variant="default" onClick={() => onView(whole)}>
          Whole trace
        </Button>
      )}
    </div>
  );
}

interface HandleProps extends Pick<MiniMapProps, "whole" | "view" | "onView"> {
  readonly name: string;
  readonly end: "fromMs" | "toMs";
}

function Handle({ name, end, whole, view, onView }: HandleProps) {
  const length = whole.toMs - whole.fromMs;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = Math.max(1, length * KEY_SHARE);
    const wanted = {
      ArrowLeft: view[end] - step,
      ArrowRight: view[end] + step,
      Home: whole.fromMs,
      End: whole.toMs,
    }[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    const other = end === "fromMs" ? view.toMs : view.fromMs;
    onView(viewBetween(wanted, other, whole), "typing");
  };
  return (
    <div
      role="slider"
      className="handle"
      data-end={end}
      tabIndex={0}
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={length}
      aria-valuenow={view[end] - whole.fromMs}
      aria-valuetext={formatDuration(view[end] - whole.fromMs)}
      style={{ left: `${((view[end] - whole.fromMs) / length) * 100}%` }}
      onKeyDown={onKeyDown}
    />
  );
}

function Bars({ trace, whole }: Pick<MiniMapProps, "trace" | "whole">) {
  const { ref: sized, width } = useElementSize<HTMLCanvasElement>();
  const bars = useRef<HTMLCanvasElement>(null);
  const ref = useMergedRef(sized, bars);
  const scheme = useComputedColorScheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme changes the colours that the styles name
  useEffect(() => {
    const canvas = bars.current;
    const context = canvas?.getContext("2d");
    if (!canvas || !context || width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = HEIGHT * ratio;
    const styles = getComputedStyle(canvas);
    draw(context, trace, whole, {
      bar: styles.getPropertyValue("--bar"),
      path: styles.getPropertyValue("--path"),
      error: styles.getPropertyValue("--error"),
    });
  }, [trace, whole, width, scheme]);
  return <canvas ref={ref} className="bars" role="img" aria-label="The whole trace in small" />;
}

interface Colours {
  readonly bar: string;
  readonly path: string;
  readonly error: string;
}

/** Draw every record as a line; what matters more comes later, and so on top. */
function draw(context: CanvasRenderingContext2D, trace: Trace, whole: View, colours: Colours): void {
  const { width, height } = context.canvas;
  const perMs = width / (whole.toMs - whole.fromMs);
  const lineHeight = Math.max(1, Math.min(4, height / trace.spans.length));
  const layers = [
    { colour: colours.bar, fits: () => true },
    { colour: colours.path, fits: (index: number) => trace.spans[index]?.node.onCriticalPath },
    { colour: colours.error, fits: (index: number) => trace.spans[index]?.isError },
  ];
  context.clearRect(0, 0, width, height);
  for (const { colour, fits } of layers) {
    context.fillStyle = colour;
    trace.spans.forEach(({ startMs, endMs }, index) => {
      if (!fits(index)) return;
      const y = (index / trace.spans.length) * (height - lineHeight);
      context.fillRect((startMs - whole.fromMs) * perMs, y, Math.max(1, (endMs - startMs) * perMs), lineHeight);
    });
  }
}
