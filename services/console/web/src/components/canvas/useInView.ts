/** Keeps the selected task in view where the surface becomes smaller, as by its settings beside it. */

import { useReactFlow, useStore } from "@xyflow/react";
import { useEffect, useEffectEvent } from "react";
import { TASK_SIZE } from "../../lib/canvas/layout";
import type { TaskNode } from "./model";

/** The least room between a task and the edge of the surface, in pixels. */
const MARGIN = 24;

export function useInView(selected: string | null, nodes: readonly TaskNode[]): void {
  const { getViewport, setViewport } = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const bring = useEffectEvent((name: string) => {
    const node = nodes.find(({ id }) => id === name);
    if (node === undefined || width === 0) return;
    const { x, y, zoom } = getViewport();
    const left = shift(x + node.position.x * zoom, TASK_SIZE.width * zoom, width);
    const top = shift(y + node.position.y * zoom, TASK_SIZE.height * zoom, height);
    if (left !== 0 || top !== 0) setViewport({ x: x + left, y: y + top, zoom });
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another size of the surface is what it is there for
  useEffect(() => {
    if (selected !== null) bring(selected);
  }, [selected, width, height]);
}

/** Return how far something has to go to lie within a length, with a margin where there is room. */
function shift(start: number, size: number, length: number): number {
  if (start < MARGIN) return MARGIN - start;
  return Math.min(0, Math.max(length - MARGIN - size, MARGIN) - start);
}
