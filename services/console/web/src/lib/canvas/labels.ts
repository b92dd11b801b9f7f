/** Where the words of links and their cogs lie: on the link's curve where there is room, beside tasks and other words. */

import type { Link, LinkStatus, Position } from "./definition";
import { type Positions, TASK_SIZE } from "./layout";

/** A place with what it takes to each side. */
interface Box extends Position {
  readonly halfWidth: number;
  readonly halfHeight: number;
}

/** How far a task's handles stand out, and the head of a link's arrow. */
const HANDLE_PX = 12;
const ARROW_PX = 6;
/** About what the words take: each letter and line, and around them the cog and the frame. */
const LETTER_PX = 6.2;
const LINE_PX = 14;
const AROUND = { width: 38, height: 12 } as const;
/** The places on a curve in the order in which they are tried: its middle first. */
const PLACES = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82] as const;
/** Where all of the curve is taken, above and below it in the same order: clear of a task that lies on its middle. */
const ASIDE = [0, -1, 1].map((side) => side * (TASK_SIZE.height / 2 + 2 * LINE_PX + AROUND.height));
const ORIGIN: Position = { x: 0, y: 0 };

/** Return where the words of each link lie, in the order of the links; in its middle where no place is free. */
export function labelsOf(links: readonly Link[], positions: Positions): readonly Position[] {
  const taken = [...positions.values()].map(boxOfTask);
  return links.map(({ from, to, statuses }) => {
    const size = sizeOf(statuses);
    const curve = curveOf(positions.get(from) ?? ORIGIN, positions.get(to) ?? ORIGIN);
    const boxes = ASIDE.flatMap((aside) => PLACES.map(curve).map(({ x, y }): Box => ({ x, y: y + aside, ...size })));
    const box = boxes.find((one) => !taken.some((other) => isOver(one, other)));
    if (box !== undefined) taken.push(box);
    const { x, y } = box ?? curve(PLACES[0]);
    return { x, y };
  });
}

function boxOfTask({ x, y }: Position): Box {
  const { width, height } = TASK_SIZE;
  return { x: x + width / 2, y: y + height / 2, halfWidth: width / 2 + HANDLE_PX, halfHeight: height / 2 };
}

/** The words stand one status a line. */
function sizeOf(statuses: readonly LinkStatus[]): Pick<Box, "halfWidth" | "halfHeight"> {
  const letters = Math.max(
    ...statuses.map((status, index) => status.length + (index < statuses.length - 1 ? 3 : 0)),
    0,
  );
  return {
    halfWidth: (letters * LETTER_PX + AROUND.width) / 2,
    halfHeight: (Math.max(statuses.length, 1) * LINE_PX + AROUND.height) / 2,
  };
}

function isOver(one: Box, other: Box): boolean {
  return (
    Math.abs(one.x - other.x) < one.halfWidth + other.halfWidth &&
    Math.abs(one.y - other.y) < one.halfHeight + other.halfHeight
  );
}

/** Return the curve of a link as it is drawn, from 0 at the task before to 1 at the one behind. */
function curveOf(from: Position, to: Position): (place: number) => Position {
  const [start, end] = [from.x + TASK_SIZE.width, to.x - ARROW_PX];
  const far = end - start;
  const bend = far >= 0 ? far / 2 : 6.25 * Math.sqrt(-far);
  const [top, bottom] = [from.y + TASK_SIZE.height / 2, to.y + TASK_SIZE.height / 2];
  return (place) => ({
    x: between([start, start + bend, end - bend, end], place),
    y: between([top, top, bottom, bottom], place),
  });
}

/** Return where a cubic Bézier curve is. */
function between([a, b, c, d]: readonly [number, number, number, number], place: number): number {
  const rest = 1 - place;
  return rest ** 3 * a + 3 * rest ** 2 * place * b + 3 * rest * place ** 2 * c + place ** 3 * d;
}
