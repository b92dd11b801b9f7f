/** A link: a line whose colour and style tell its condition, with the condition in words and a cog to change it. */

import { IconSettings } from "@tabler/icons-react";
import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo } from "react";
import { lookOf, wordsOf } from "../../lib/canvas/conditions";
import { type LinkEdge as Edge, useCanvas } from "./model";
import { HANDLE_SIZE } from "./nodes";

export const LinkEdge = memo(function LinkEdge(props: EdgeProps<Edge>) {
  const { source, target, data, selected, markerEnd } = props;
  const canvas = useCanvas();
  const statuses = data?.statuses ?? [];
  const problems = data?.problems ?? [];
  const { x, y } = data?.label ?? { x: 0, y: 0 };
  const [path] = getBezierPath({
    ...props,
    sourceX: props.sourceX - HANDLE_SIZE / 2,
    targetX: props.targetX + HANDLE_SIZE / 2 - 6,
  });
  const ends = { from: source, to: target };
  return (
    <>
      <BaseEdge path={path} markerEnd={markerEnd} interactionWidth={canvas === null ? 0 : 24} />
      <EdgeLabelRenderer>
        <div
          className="canvas-link nodrag nopan"
          data-testid={`link-${source}-${target}`}
          data-look={lookOf(statuses)}
          data-is-selected={selected || undefined}
          data-has-errors={problems.length > 0 || undefined}
          title={problems.join("\n") || undefined}
          style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
        >
          <span className="canvas-link-words">{wordsOf(statuses)}</span>
          {problems.length > 0 && <span className="visually-hidden">{problems.join(". ")}</span>}
          {canvas !== null && (
            <button
              type="button"
              className="canvas-cog"
              aria-label={`Condition of ${source} to ${target}`}
              aria-haspopup="dialog"
              data-link-from={source}
              data-link-to={target}
              onClick={() => canvas.openCondition(ends)}
            >
              <IconSettings size={16} aria-hidden="true" />
            </button>
          )}
        </div>
      </EdgeLabelRenderer>
    </>
  );
});
