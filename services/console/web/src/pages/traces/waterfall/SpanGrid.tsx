/**
 * The rows of a waterfall, of which only those that can be seen are in the document, and the one that has the focus.
 * Rows lie at their place by themselves: folding and scrolling move them, and make only what was not there.
 */

import { type KeyboardEvent, type MouseEvent, useLayoutEffect, useMemo, useRef } from "react";
import { formatDuration } from "../../../lib/time/zone";
import { ticksOf, type View } from "../../../lib/tree/axis";
import type { Folds } from "../../../lib/tree/fold";
import { placeIn, type Step, stepOf } from "../../../lib/tree/keys";
import type { Trace } from "../../../lib/tree/trace";
import { ROW_HEIGHT, SpanRow } from "./SpanRow";
import { useLooks } from "./useLooks";
import { useWindow } from "./useWindow";

/** The row that the keys are at. A new object with the same index brings it into sight again. */
export interface Active {
  readonly index: number;
}

interface SpanGridProps {
  readonly trace: Trace;
  readonly rows: readonly number[];
  readonly folds: Folds;
  readonly view: View;
  readonly active: Active;
  readonly openId: string;
  readonly found: readonly number[];
  /** Indexes of the records that the address marks. */
  readonly marked: readonly number[];
  readonly isPathMarked: boolean;
  readonly onStep: (step: Step) => void;
}

const TICKS = 5;

export function SpanGrid(props: SpanGridProps) {
  const { trace, rows, folds, view, active, openId, found, marked, isPathMarked, onStep } = props;
  const frame = useRef<HTMLDivElement>(null);
  const shown = useWindow(frame, ROW_HEIGHT);
  const looks = useLooks();
  const isFound = useMemo(() => new Set(found), [found]);
  const isMarked = useMemo(() => new Set(marked), [marked]);
  const activePlace = placeIn(rows, active.index);
  const places = placesOf(shown.first, Math.min(shown.end, rows.length), activePlace);
  useSight(frame, active, activePlace);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = rows[activePlace];
    const pageSize = Math.max(1, Math.floor((frame.current?.clientHeight ?? 0) / ROW_HEIGHT) - 1);
    const step = at === undefined ? undefined : stepOf(event.key, at, { trace, rows, folds, pageSize });
    if (step === undefined) return;
    event.preventDefault();
    onStep(step);
  };
  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const index = Number(target.closest<HTMLElement>("[data-index]")?.dataset.index ?? Number.NaN);
    if (Number.isNaN(index)) return;
    onStep(target.closest(".fold:not(.none)") ? { toggle: index } : { open: index });
  };
  return (
    <div className="spans" ref={frame}>
      <div
        role="treegrid"
        aria-label="Spans"
        aria-rowcount={rows.length + 1}
        aria-colcount={4}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        <Head view={view} originMs={trace.startMs} />
        <div role="rowgroup" className="rows" style={{ height: rows.length * ROW_HEIGHT }}>
          {places.map((place) => {
            const index = rows[place] as number;
            const span = trace.spans[index];
            if (span === undefined) return null;
            return (
              <SpanRow
                key={index}
                span={span}
                index={index}
                place={place}
                view={view}
                looks={looks}
                isFolded={folds.has(index)}
                isActive={place === activePlace}
                isOpen={span.node.id === openId}
                isDim={isPathMarked && !span.node.onCriticalPath}
                isFound={isFound.has(index)}
                isMarked={isMarked.has(index)}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Head({ view, originMs }: { readonly view: View; readonly originMs: number }) {
  const length = view.toMs - view.fromMs;
  return (
    <div role="row" className="heads" aria-rowindex={1}>
      <div role="columnheader">Name</div>
      <div role="columnheader" className="lane">
        <span className="visually-hidden">Time since the trace began</span>
        <span aria-hidden="true">
          {ticksOf(view, originMs, TICKS).map((tick) => (
            <span key={tick} className="tick" style={{ left: `${((tick + originMs - view.fromMs) / length) * 100}%` }}>
              {formatDuration(tick)}
            </span>
          ))}
        </span>
      </div>
      <div role="columnheader" className="figures">
        Duration
      </div>
      <div role="columnheader" className="figures">
        Self time
      </div>
    </div>
  );
}

/** Return the places from `first` to before `end`, and the one of the active row, ascending. */
function placesOf(first: number, end: number, active: number): readonly number[] {
  const places = Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
  if (active < first) return [active, ...places];
  return active < end ? places : [...places, active];
}

/** Bring the active row into sight, and take the focus along when it is among the rows. */
function useSight(frame: React.RefObject<HTMLDivElement | null>, active: Active, place: number): void {
  const isFirst = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the row is looked for when another becomes active, not when rows fold
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    element.scrollTop = scrolledTo(element, place);
    const hasFocus = element.contains(document.activeElement);
    if (hasFocus && !isFirst.current) {
      element.querySelector<HTMLElement>('[role="row"][tabindex="0"]')?.focus({ preventScroll: true });
    }
    isFirst.current = false;
  }, [active, frame]);
}

/** Return how far to scroll so that a row is in sight: no further than needed to one nearby, else to the middle. */
function scrolledTo({ scrollTop, clientHeight }: HTMLElement, place: number): number {
  const height = clientHeight - ROW_HEIGHT;
  const [highest, lowest] = [(place + 1) * ROW_HEIGHT - height, place * ROW_HEIGHT];
  if (scrollTop >= highest && scrollTop <= lowest) return scrollTop;
  const nearest = scrollTop < highest ? highest : lowest;
  return Math.abs(nearest - scrollTop) <= height ? nearest : (highest + lowest) / 2;
}
