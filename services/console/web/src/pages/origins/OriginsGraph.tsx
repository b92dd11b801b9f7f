/** Origins as circles, and what goes from one to another as arrows, each a link to its traces. */

import { Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useId, useMemo } from "react";
import { useLink } from "../../components/PageLink";
import { type Arrow, type Circle, layOut } from "../../lib/graph/layout";
import { formatNumber } from "../../lib/numbers";
import { formatDuration } from "../../lib/time/zone";
import type { Edge, Graph } from "./OriginsPage";
import classes from "./origins.module.css";
import { tracesOf } from "./tracesOf";

const HEIGHT = 500;
/** In less width the times of an arrow stand in its title and the table alone. */
const ROOMY = 640;

export function OriginsGraph({ graph }: { readonly graph: Graph }) {
  const { ref, width } = useElementSize<HTMLElement>();
  const head = useId();
  const layout = useMemo(() => {
    const nodes = graph.nodes.map(({ origin, count }) => ({ name: origin, count }));
    return layOut(nodes, graph.edges, { width, height: HEIGHT });
  }, [graph, width]);
  return (
    <figure ref={ref} className={classes.figure}>
      {/* Its place is there before its width is known. */}
      <div style={{ height: HEIGHT }}>
        {width > 0 && (
          <svg width={width} height={HEIGHT} className={classes.graph}>
            <title>Graph of origins</title>
            <defs>
              <marker
                id={head}
                viewBox="0 0 8 8"
                refX="6"
                refY="4"
                markerWidth="12"
                markerHeight="12"
                orient="auto"
                markerUnits="userSpaceOnUse"
              >
                <path d="M 0 0 L 8 4 L 0 8 z" className={classes.head} />
              </marker>
            </defs>
            {layout.arrows.map((arrow) => (
              <ArrowLink
                key={`${arrow.edge.from} ${arrow.edge.to}`}
                arrow={arrow}
                head={head}
                isRoomy={width >= ROOMY}
              />
            ))}
            {layout.circles.map((circle) => (
              <CircleLink key={circle.node.name} circle={circle} />
            ))}
          </svg>
        )}
      </div>
      <Text component="figcaption" size="xs" c="dimmed">
        A circle is as large as its origin has records, an arrow as wide as it is often taken; its times are those
        between the two records, as p50 / p95. An arrow opens the traces with the origin it leads to.
      </Text>
    </figure>
  );
}

interface ArrowLinkProps {
  readonly arrow: Arrow<Edge>;
  /** The id of the marker at an arrow's end. */
  readonly head: string;
  readonly isRoomy: boolean;
}

function ArrowLink({ arrow, head, isRoomy }: ArrowLinkProps) {
  const { edge } = arrow;
  const link = useLink(tracesOf(edge));
  const count = formatNumber(edge.count);
  const times = `${formatDuration(edge.p50Ms)} / ${formatDuration(edge.p95Ms)}`;
  // What is seen has to be in the name as it stands there.
  const words = `${edge.from} to ${edge.to}, count and p50 / p95: ${count} ${times}`;
  return (
    <a href={link.href} onClick={link.onClick} className={classes.link} aria-label={words}>
      <title>{words}</title>
      <path d={arrow.path} className={classes.reach} />
      <path d={arrow.path} className={classes.arrow} strokeWidth={arrow.width} markerEnd={`url(#${head})`} />
      <text x={arrow.x} y={arrow.y} className={classes.label}>
        <tspan x={arrow.x}>{count}</tspan>{" "}
        {isRoomy && (
          <tspan x={arrow.x} dy="1.2em">
            {times}
          </tspan>
        )}
      </text>
    </a>
  );
}

function CircleLink({ circle }: { readonly circle: Circle<{ readonly name: string; readonly count: number }> }) {
  const { name, count } = circle.node;
  const link = useLink({ to: "/interactions", search: { origin: name } });
  return (
    <a
      href={link.href}
      onClick={link.onClick}
      className={classes.link}
      aria-label={`${name} ${formatNumber(count)} records`}
    >
      <circle cx={circle.x} cy={circle.y} r={circle.radius} className={classes.circle} />
      <text x={circle.x} y={circle.y + circle.radius + 16} className={classes.name}>
        <tspan x={circle.x}>{name}</tspan>
      </text>{" "}
      <text x={circle.x} y={circle.y} dominantBaseline="central" className={classes.count}>
        {formatNumber(count)}
      </text>
    </a>
  );
}
