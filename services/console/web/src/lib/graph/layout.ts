/** Where the circles and arrows of a small graph stand: the circles on a ring, the arrows bent so that both ways show. */

export interface GraphNode {
  readonly name: string;
  readonly count: number;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

export interface Circle<N extends GraphNode> {
  readonly node: N;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

export interface Arrow<E extends GraphEdge> {
  readonly edge: E;
  /** The line, for the `d` of an SVG path, from one circle's rim to the other's. */
  readonly path: string;
  /** Where the label stands. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface Layout<N extends GraphNode, E extends GraphEdge> {
  readonly circles: readonly Circle<N>[];
  readonly arrows: readonly Arrow<E>[];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const MIN_RADIUS = 14;
const MAX_RADIUS = 44;
const MIN_WIDTH = 1.5;
const MAX_WIDTH = 7;
/** How far an arrow's middle is off the straight line: a part of its length, and at most so many pixels. */
const BEND = 0.16;
const MAX_BEND = 44;
/** Where on an arrow its label stands: nearer to its beginning, away from that of the way back. */
const LABEL_AT = 0.38;
/** The room between an arrow and the rims of its circles. */
const AIR = 4;
/** How far an arrow from a circle to itself rises above it, and the half angle between its ends. */
const LOOP = 44;
const LOOP_ANGLE = 0.5;
/** The room that labels take: above a loop, below a circle, and at either side. */
const ROOM = { above: LOOP + 34, below: 26, beside: 48 } as const;

/** Lay a graph out in a box of so many pixels; edges whose ends are no nodes are left out. */
export function layOut<N extends GraphNode, E extends GraphEdge>(
  nodes: readonly N[],
  edges: readonly E[],
  size: { readonly width: number; readonly height: number },
): Layout<N, E> {
  const { width, height } = size;
  const maxRadius = Math.max(MIN_RADIUS, Math.min(MAX_RADIUS, Math.min(width, height) / (nodes.length + 6)));
  const most = Math.max(1, ...nodes.map((node) => node.count));
  const reachX = nodes.length === 1 ? 0 : Math.max(0, width / 2 - maxRadius - ROOM.beside);
  const reachY = nodes.length === 1 ? 0 : Math.max(0, (height - ROOM.above - ROOM.below) / 2 - maxRadius);
  const circles = nodes.map((node, index) => ({
    node,
    x: width / 2 + Math.cos(angleOf(index, nodes.length)) * reachX,
    y: (height + ROOM.above - ROOM.below) / 2 + Math.sin(angleOf(index, nodes.length)) * reachY,
    radius: MIN_RADIUS + (maxRadius - MIN_RADIUS) * Math.sqrt(node.count / most),
  }));
  const byName = new Map(circles.map((circle) => [circle.node.name, circle]));
  const busiest = Math.max(1, ...edges.map((edge) => edge.count));
  const arrows = edges.flatMap((edge) => {
    const [from, to] = [byName.get(edge.from), byName.get(edge.to)];
    if (from === undefined || to === undefined) return [];
    const line = from === to ? loop(from) : curve(from, to);
    return [{ edge, ...line, width: MIN_WIDTH + (MAX_WIDTH - MIN_WIDTH) * Math.sqrt(edge.count / busiest) }];
  });
  return { circles, arrows };
}

/** The first stands at the left, the others follow clockwise: in a wide box neighbours are far apart. */
function angleOf(index: number, count: number): number {
  return Math.PI + (2 * Math.PI * index) / count;
}

function curve(from: Circle<GraphNode>, to: Circle<GraphNode>): Point & { path: string } {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const bend = (2 * Math.min(BEND * length, MAX_BEND)) / length;
  const pull = { x: (from.x + to.x) / 2 - dy * bend, y: (from.y + to.y) / 2 + dx * bend };
  const [start, end] = [rim(from, pull), rim(to, pull)];
  const along = (a: number, b: number, c: number) =>
    (1 - LABEL_AT) ** 2 * a + 2 * LABEL_AT * (1 - LABEL_AT) * b + LABEL_AT ** 2 * c;
  return {
    path: `M ${text(start)} Q ${text(pull)} ${text(end)}`,
    x: along(start.x, pull.x, end.x),
    y: along(start.y, pull.y, end.y),
  };
}

/** An arrow from a circle to itself, above it. */
function loop(circle: Circle<GraphNode>): Point & { path: string } {
  const at = (angle: number, distance: number) => ({
    x: circle.x + Math.sin(angle) * distance,
    y: circle.y - Math.cos(angle) * distance,
  });
  const [rimAt, reach] = [circle.radius + AIR, circle.radius + LOOP];
  const [start, end] = [at(-LOOP_ANGLE, rimAt), at(LOOP_ANGLE, rimAt)];
  const [first, second] = [at(-LOOP_ANGLE, reach), at(LOOP_ANGLE, reach)];
  return {
    path: `M ${text(start)} C ${text(first)} ${text(second)} ${text(end)}`,
    x: circle.x,
    y: circle.y - reach,
  };
}

/** The point just outside of a circle's rim, towards another point. */
function rim(circle: Circle<GraphNode>, towards: Point): Point {
  const [dx, dy] = [towards.x - circle.x, towards.y - circle.y];
  const distance = Math.hypot(dx, dy) || 1;
  const share = (circle.radius + AIR) / distance;
  return { x: circle.x + dx * share, y: circle.y + dy * share };
}

function text({ x, y }: Point): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}
