/**
 * Where tasks stand: those before at the left, in layers by depth, no two over each other. Within a layer the order
 * follows the tasks before, and a link across layers keeps a lane free.
 */

import type { Definition, Position, TaskDefinition } from "./definition";

/** The size of a task on the canvas, in pixels; all are alike, so that a layout is known before anything is drawn. */
export const TASK_SIZE = { width: 200, height: 84 } as const;
/** Between layers there is room for a link's cog and condition. */
const GAP = { x: 150, y: 36 } as const;
const STEP = { x: TASK_SIZE.width + GAP.x, y: TASK_SIZE.height + GAP.y } as const;
const SWEEPS = 8;

type Tasks = Definition["tasks"];
export type Positions = ReadonlyMap<string, Position>;

/** Return where each task stands: where its definition puts it, else where there is room. */
export function positionsOf({ tasks }: Definition): Positions {
  const given = new Map(
    Object.entries(tasks).flatMap(([name, { position }]) =>
      position === undefined ? [] : [[name, position] as const],
    ),
  );
  if (given.size === Object.keys(tasks).length) return given;
  const positions = new Map<string, Position>(given);
  for (const [name, wished] of layered(tasks)) {
    if (!positions.has(name)) positions.set(name, freeSpot(positions.values(), wished));
  }
  return positions;
}

/** Return the positions of all tasks as they are arranged anew. */
export function arranged({ tasks }: Definition): Positions {
  return layered(tasks);
}

/** Return the nearest place below or at a wished one where a task lies over no other. */
export function freeSpot(taken: Iterable<Position>, wished: Position): Position {
  const others = [...taken];
  const isOver = (one: Position, y: number) =>
    Math.abs(one.x - wished.x) < TASK_SIZE.width + GAP.y / 2 && Math.abs(one.y - y) < TASK_SIZE.height + GAP.y / 2;
  let { y } = wished;
  for (let over = others.filter((one) => isOver(one, y)); over.length; over = others.filter((one) => isOver(one, y))) {
    y = Math.max(...over.map((one) => one.y)) + STEP.y;
  }
  return { x: wished.x, y };
}

/** A part of the canvas, from one corner to the other. */
export interface Area {
  readonly from: Position;
  readonly to: Position;
}

/** Return tasks moved together into the middle of an area, where one of them would lie outside of it. */
export function broughtInto(tasks: Tasks, { from, to }: Area): Tasks {
  const places = Object.values(tasks).flatMap(({ position }) => position ?? []);
  const [xs, ys] = [places.map(({ x }) => x), places.map(({ y }) => y)];
  const first = { x: Math.min(...xs), y: Math.min(...ys) };
  const last = { x: Math.max(...xs) + TASK_SIZE.width, y: Math.max(...ys) + TASK_SIZE.height };
  const isWithin = first.x >= from.x && first.y >= from.y && last.x <= to.x && last.y <= to.y;
  if (places.length === 0 || isWithin) return tasks;
  const shift = (start: number, end: number, low: number, high: number) => Math.round((start + end - low - high) / 2);
  const [right, down] = [shift(from.x, to.x, first.x, last.x), shift(from.y, to.y, first.y, last.y)];
  const moved = ({ position, ...task }: TaskDefinition): TaskDefinition =>
    position === undefined ? task : { ...task, position: { x: position.x + right, y: position.y + down } };
  return Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, moved(task)]));
}

/** Something that takes a row of a layer: a task, or a lane of a link that crosses the layer. */
interface Slot {
  readonly task: string | null;
  readonly before: Slot[];
  readonly after: Slot[];
  row: number;
}

function layered(tasks: Tasks): Positions {
  const layers = slotsOf(tasks, depthsOf(tasks));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isForward = sweep % 2 === 0;
    for (const layer of isForward ? layers : [...layers].reverse()) order(layer, isForward ? "before" : "after");
  }
  const rows = Math.max(0, ...layers.map((layer) => layer.length));
  return new Map(
    layers.flatMap((layer, depth) =>
      layer.flatMap(({ task }, row) =>
        task === null ? [] : [[task, { x: depth * STEP.x, y: (row + (rows - layer.length) / 2) * STEP.y }] as const],
      ),
    ),
  );
}

/** Return how many links lie before each task at most; a link that closes a circle counts for nothing. */
function depthsOf(tasks: Tasks): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const open = new Set<string>();
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    open.add(name);
    const before = predecessorsOf(tasks, name).filter((other) => !open.has(other));
    const depth = Math.max(-1, ...before.map(depthOf)) + 1;
    open.delete(name);
    depths.set(name, depth);
    return depth;
  };
  for (const name of Object.keys(tasks)) depthOf(name);
  return depths;
}

function predecessorsOf(tasks: Tasks, name: string): readonly string[] {
  const task: TaskDefinition | undefined = tasks[name];
  return Object.keys(task?.executeAfter ?? {}).filter((other) => Object.hasOwn(tasks, other));
}

function slotsOf(tasks: Tasks, depths: ReadonlyMap<string, number>): Slot[][] {
  const layers = Array.from({ length: Math.max(0, ...depths.values()) + 1 }, (): Slot[] => []);
  const slots = new Map<string, Slot>();
  const put = (depth: number, task: string | null): Slot => {
    const layer = layers[depth] ?? [];
    const slot: Slot = { task, before: [], after: [], row: layer.length };
    layer.push(slot);
    return slot;
  };
  for (const name of Object.keys(tasks)) slots.set(name, put(depths.get(name) ?? 0, name));
  for (const [name, slot] of slots) {
    const depth = depths.get(name) ?? 0;
    for (const other of predecessorsOf(tasks, name)) {
      let last = slots.get(other);
      if (last === undefined) continue;
      for (let lane = (depths.get(other) ?? 0) + 1; lane < depth; lane++) last = join(last, put(lane, null));
      join(last, slot);
    }
  }
  return layers;
}

function join(before: Slot, after: Slot): Slot {
  before.after.push(after);
  after.before.push(before);
  return after;
}

/** Order a layer by the middle of each one's neighbours in the next layer on one side. */
function order(layer: Slot[], side: "before" | "after"): void {
  const wished = new Map(layer.map((slot) => [slot, middleOf(slot[side]) ?? slot.row]));
  layer.sort((one, other) => (wished.get(one) ?? 0) - (wished.get(other) ?? 0));
  layer.forEach((slot, row) => {
    slot.row = row;
  });
}

function middleOf(slots: readonly Slot[]): number | undefined {
  return slots.length ? slots.reduce((sum, { row }) => sum + row, 0) / slots.length : undefined;
}
