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
  /** The middle of the line. */
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
const MAX_WIDTH = 7;
/** How far an arrow's middle is off the straight line, as a part of its length. */
const BEND = 0.16;
/** The room between an arrow and the rims of its circles. */
const AIR = 4;
/** How far an arrow from a circle to itself goes out, and how far its ends are apart. */
const LOOP = 46;
const LOOP_ANGLE = 0.5;

/** Lay a graph out in a box of so many pixels; edges whose ends are no nodes are left out. */
export function layOut<N extends GraphNode, E extends GraphEdge>(
  nodes: readonly N[],
  edges: readonly E[],
  size: { readonly width: number; readonly height: number },
): Layout<N, E> {
  const centre = { x: size.width / 2, y: size.height / 2 };
  const maxRadius = Math.max(MIN_RADIUS, Math.min(44, Math.min(size.width, size.height) / (nodes.length + 6)));
  const most = Math.max(1, ...nodes.map((node) => node.count));
  const margin = maxRadius + LOOP + 14;
  const circles = nodes.map((node, index) => {
    const angle = angleOf(index, nodes.length);
    const isAlone = nodes.length === 1;
    return {
      node,
      x: centre.x + (isAlone ? 0 : Math.cos(angle) * Math.max(0, centre.x - margin)),
      y: centre.y + (isAlone ? 0 : Math.sin(angle) * Math.max(0, centre.y - margin)),
      radius: MIN_RADIUS + (maxRadius - MIN_RADIUS) * Math.sqrt(node.count / most),
    };
  });
  const byName = new Map(circles.map((circle) => [circle.node.name, circle]));
  const busiest = Math.max(1, ...edges.map((edge) => edge.count));
  const arrows = edges.flatMap((edge) => {
    const [from, to] = [byName.get(edge.from), byName.get(edge.to)];
    if (from === undefined || to === undefined) return [];
    const line = from === to ? loop(from, centre) : curve(from, to);
    return [{ edge, ...line, width: 1.5 + (MAX_WIDTH - 1.5) * Math.sqrt(edge.count / busiest) }];
  });
  return { circles, arrows };
}

/** The first stands at the left, the others follow clockwise: in a wide box neighbours are far apart. */
function angleOf(index: number, count: number): number {
  return Math.PI + (2 * Math.PI * index) / count;
}

function curve(from: Circle<GraphNode>, to: Circle<GraphNode>): Point & { path: string } {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const bend = { x: (from.x + to.x) / 2 - dy * 2 * BEND, y: (from.y + to.y) / 2 + dx * 2 * BEND };
  const start = rim(from, bend);
  const end = rim(to, bend);
  return {
    path: `M ${text(start)} Q ${text(bend)} ${text(end)}`,
    x: (start.x + 2 * bend.x + end.x) / 4,
    y: (start.y + 2 * bend.y + end.y) / 4,
  };
}

/** An arrow from a circle to itself, on the side away from the others. */
function loop(circle: Circle<GraphNode>, centre: Point): Point & { path: string } {
  const isCentre = circle.x === centre.x && circle.y === centre.y;
  const out = isCentre ? -Math.PI / 2 : Math.atan2(circle.y - centre.y, circle.x - centre.x);
  const at = (angle: number, distance: number) => ({
    x: circle.x + Math.cos(angle) * distance,
    y: circle.y + Math.sin(angle) * distance,
  });
  const reach = circle.radius + LOOP;
  const [start, end] = [at(out - LOOP_ANGLE, circle.radius + AIR), at(out + LOOP_ANGLE, circle.radius + AIR)];
  const [first, second] = [at(out - LOOP_ANGLE, reach), at(out + LOOP_ANGLE, reach)];
  return {
    path: `M ${text(start)} C ${text(first)} ${text(second)} ${text(end)}`,
    x: (start.x + 3 * first.x + 3 * second.x + end.x) / 8,
    y: (start.y + 3 * first.y + 3 * second.y + end.y) / 8,
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
