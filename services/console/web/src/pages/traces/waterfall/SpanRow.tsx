/** A record as a row of the waterfall. Rows are many and short-lived: plain elements, and no handler of their own. */

import { memo } from "react";
import { formatDuration } from "../../../lib/time/zone";
import { placeOf, type View } from "../../../lib/tree/axis";
import type { Span } from "../../../lib/tree/trace";
import type { BadgeLook, Looks } from "./useLooks";

export const ROW_HEIGHT = 28;
/** Deeper records are not indented further; how deep they are stands in `aria-level`. */
const DEEPEST = 14;
const INDENT = 12;

interface SpanRowProps {
  readonly span: Span;
  readonly index: number;
  /** Its place among the rows. */
  readonly place: number;
  readonly view: View;
  readonly looks: Looks;
  readonly isFolded: boolean;
  readonly isActive: boolean;
  readonly isOpen: boolean;
  readonly isDim: boolean;
  readonly isFound: boolean;
  /** Whether the address marks it. */
  readonly isMarked: boolean;
}

export const SpanRow = memo(function SpanRow(props: SpanRowProps) {
  const { span, index, place, view, isFolded, isActive, isOpen, isDim, isFound, isMarked } = props;
  const hasChildren = span.end > index + 1;
  const classes = ["span", isDim && "dim", isFound && "found", isMarked && "marked", span.isError && "error"]
    .filter(Boolean)
    .join(" ");
  return (
    <div
      role="row"
      className={classes}
      data-index={index}
      aria-rowindex={place + 2}
      aria-level={span.node.depth + 1}
      aria-expanded={hasChildren ? !isFolded : undefined}
      aria-selected={isOpen}
      tabIndex={isActive ? 0 : -1}
      style={{ transform: `translateY(${place * ROW_HEIGHT}px)` }}
    >
      <Name {...props} hasChildren={hasChildren} />
      <div role="gridcell" className="lane">
        {span.isPoint ? <Point span={span} view={view} /> : <Bar span={span} view={view} />}
      </div>
      <div role="gridcell" className="figures">
        {span.isPoint ? "" : formatDuration(span.endMs - span.startMs)}
      </div>
      <div role="gridcell" className="figures">
        {span.isPoint ? "" : formatDuration(span.node.selfTimeMs)}
      </div>
    </div>
  );
});

function Name({ span, looks, hasChildren, isFolded, isMarked }: SpanRowProps & { readonly hasChildren: boolean }) {
  const { node } = span;
  const isInteraction = node.kind !== "event";
  return (
    <div role="gridcell" className="name" style={{ paddingLeft: Math.min(node.depth, DEEPEST) * INDENT }}>
      <span className={hasChildren ? "fold" : "fold none"} aria-hidden="true">
        {hasChildren && (isFolded ? "▸" : "▾")}
      </span>
      {isMarked && <Tag text="marked" kind="marked" />}
      {isInteraction && <Tag text={node.action ?? ""} look={looks.action(node.action)} />}
      {isInteraction && <Tag text={node.resourceType} look={looks.resourceType(node.resourceType)} />}
      <span className="text" title={span.name}>
        {isInteraction ? node.resourceId : span.name}
      </span>
      {isInteraction && node.origin !== null && <Tag text={node.origin} look={looks.origin(node.origin)} />}
      {!isInteraction && <Tag text={span.node.spanId === null ? node.resourceType : node.resourceId} />}
      {span.isError && <Tag text="error" kind="error" />}
      {node.cycle && <Tag text="cycle" kind="warning" />}
      {node.missingParent !== null && <Tag text={`missing parent ${node.missingParent}`} kind="warning" />}
    </div>
  );
}

interface TagProps {
  readonly text: string;
  readonly look?: BadgeLook | undefined;
  readonly kind?: "error" | "warning" | "marked";
}

function Tag({ text, look, kind }: TagProps) {
  return (
    <span className={`tag ${kind ?? ""}`} style={look && { background: look.background, color: look.colour }}>
      {text}
    </span>
  );
}

function Bar({ span, view }: { readonly span: Span; readonly view: View }) {
  const place = placeOf(span, view);
  if (place === null) return null;
  const classes = span.node.onCriticalPath ? "bar on-path" : "bar";
  return <div className={classes} style={{ left: percent(place.left), width: percent(place.width) }} />;
}

/** From here on the words stand before their point. */
const RIGHT_PART = 0.6;

function Point({ span, view }: { readonly span: Span; readonly view: View }) {
  const place = placeOf(span, view);
  const words = span.isParallel ? "parallel" : span.gapMs === null ? "" : `+${formatDuration(span.gapMs)}`;
  if (place === null) return <span className="visually-hidden">{words}</span>;
  const isRight = place.left > RIGHT_PART;
  return (
    <div className={isRight ? "point before" : "point"} style={{ left: percent(place.left) }}>
      <span className={span.node.onCriticalPath ? "mark on-path" : "mark"} />
      {words}
    </div>
  );
}

function percent(part: number): string {
  return `${(part * 100).toFixed(3)}%`;
}
