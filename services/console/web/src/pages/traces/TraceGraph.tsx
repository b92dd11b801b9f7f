/** Who led to whom in a trace: circles by the number of records, arrows by how often, and the same as a table. */

import { Anchor, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { Duration } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { formatNumber, formatShort } from "../../lib/numbers";
import { type Edge, type Graph, type Group, graphOf, OTHERS } from "../../lib/tree/graph";
import type { Trace } from "../../lib/tree/trace";
import { useAddress } from "../../state/address";
import { FIELDS } from "./fields";
import "./graph.css";

/** More circles could not be told apart. */
const MOST = 30;
const COLUMN = 230;
const ROW = 110;
const RADIUS = { least: 12, most: 34 } as const;

export function TraceGraph({ trace }: { readonly trace: Trace }) {
  const { change } = useAddress(FIELDS);
  const graph = useMemo(() => graphOf(trace, MOST), [trace]);
  const columns = useMemo(() => columnsOf(graph, (name) => change({ tab: "waterfall", find: name })), [graph, change]);
  return (
    <Stack gap="md" align="stretch">
      <figure className="trace-graph">
        <Text component="figcaption" size="sm" className="dimmed">
          {formatNumber(trace.spans.length)} records of {formatNumber(graph.groups.length)} services and resource types.
          An arrow leads from what caused to what was caused, with how often it did.
        </Text>
        <Drawing graph={graph} />
      </figure>
      <DataTable caption="Services and resource types" columns={columns} rows={graph.groups} rowKey={nameOf} />
    </Stack>
  );
}

function nameOf({ name }: Group): string {
  return name;
}

function columnsOf({ groups, edges }: Graph, show: (name: string) => void): readonly Column<Group>[] {
  const nextOf = (group: Group) =>
    edges
      .filter(({ from }) => groups[from] === group)
      .map(({ to, count }) => `${groups[to] === group ? "itself" : groups[to]?.name} (${formatNumber(count)})`);
  return [
    {
      head: "Name",
      cell: (group) =>
        group.name === OTHERS ? (
          OTHERS
        ) : (
          <Anchor component="button" type="button" inherit onClick={() => show(group.name)}>
            {group.name}
          </Anchor>
        ),
    },
    { head: "Records", align: "right", cell: ({ count }) => formatNumber(count) },
    { head: "Errors", align: "right", cell: ({ errors }) => (errors ? formatNumber(errors) : "") },
    { head: "Self time", align: "right", cell: ({ selfMs }) => <Duration ms={selfMs} /> },
    { head: "Leads to", cell: (group) => nextOf(group).join(", ") },
  ];
}

interface Spot {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

function Drawing({ graph: { groups, edges } }: { readonly graph: Graph }) {
  const rows = Math.max(...groups.map(({ place }) => place + 1));
  const width = COLUMN * Math.max(...groups.map(({ layer }) => layer + 1));
  const height = ROW * rows;
  const spots = spotsOf(groups, rows);
  return (
    <svg
      role="img"
      aria-label="Who led to whom; the table below says the same"
      viewBox={`0 0 ${width} ${height}`}
      style={{ maxWidth: width }}
    >
      <defs>
        <marker id="led-to" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" orient="auto">
          <path d="M 0 0 L 10 5 L 0 10 z" className="head" />
        </marker>
      </defs>
      {edges
        .filter(({ from, to }) => from !== to)
        .map((edge) => (
          <Arrow key={`${edge.from} ${edge.to}`} edge={edge} spots={spots} />
        ))}
      {groups.map((group, index) => (
        <Circle key={group.name} group={group} spot={spots[index] as Spot} />
      ))}
    </svg>
  );
}

function spotsOf(groups: readonly Group[], rows: number): readonly Spot[] {
  const largest = Math.max(...groups.map(({ count }) => count));
  return groups.map(({ layer, place, count }) => {
    const ofLayer = groups.filter((one) => one.layer === layer).length;
    return {
      x: COLUMN * (layer + 0.5),
      y: ROW * (place + 0.5 + (rows - ofLayer) / 2) - 8,
      radius: RADIUS.least + (RADIUS.most - RADIUS.least) * Math.sqrt(count / largest),
    };
  });
}

function Circle({ group, spot }: { readonly group: Group; readonly spot: Spot }) {
  return (
    <g className={group.errors ? "group failed" : "group"}>
      <circle cx={spot.x} cy={spot.y} r={spot.radius} />
      <text x={spot.x} y={spot.y} dy="0.35em">
        {formatShort(group.count)}
      </text>
      <text x={spot.x} y={spot.y + spot.radius + 15}>
        {group.name}
        {group.errors > 0 && ` (${formatShort(group.errors)} errors)`}
      </text>
    </g>
  );
}

/** How far an arrow bends, so that the one back is not under it, nor one to a circle of its own layer under those between. */
const BEND = { least: 22, most: 190 } as const;

function Arrow({ edge, spots }: { readonly edge: Edge; readonly spots: readonly Spot[] }) {
  const [from, to] = [spots[edge.from] as Spot, spots[edge.to] as Spot];
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  const bend = from.x === to.x ? Math.min(BEND.least + distance / 2, BEND.most) : BEND.least;
  const middle = {
    x: (from.x + to.x) / 2 - ((to.y - from.y) / distance) * bend,
    y: (from.y + to.y) / 2 + ((to.x - from.x) / distance) * bend,
  };
  const [begin, end] = [edgeOf(from, middle, 0), edgeOf(to, middle, 3)];
  return (
    <g className="led">
      <path d={`M ${begin.x} ${begin.y} Q ${middle.x} ${middle.y} ${end.x} ${end.y}`} markerEnd="url(#led-to)" />
      <text x={(begin.x + end.x) / 4 + middle.x / 2} y={(begin.y + end.y) / 4 + middle.y / 2}>
        {formatShort(edge.count)}
      </text>
    </g>
  );
}

/** Return the point of a circle's edge, or a little before it, that is nearest to another point. */
function edgeOf({ x, y, radius }: Spot, towards: Pick<Spot, "x" | "y">, before: number): Pick<Spot, "x" | "y"> {
  const share = (radius + before) / Math.hypot(towards.x - x, towards.y - y);
  return { x: x + (towards.x - x) * share, y: y + (towards.y - y) * share };
}
