/** The names of a chart's series, each beside a sample of its look. */

import { useComputedColorScheme } from "@mantine/core";
import { type Look, looksOf, PAPER, TILE } from "../../lib/chart/looks";
import type { Kind, Series } from "../../lib/chart/model";

interface LegendProps {
  readonly kind: Kind;
  readonly series: readonly Series[];
}

export function Legend({ kind, series }: LegendProps) {
  const looks = looksOf(series);
  return (
    <ul className="chart-legend">
      {series.map(({ name }, index) => (
        <li key={name}>
          <Sample kind={kind} look={looks[index] as Look} />
          {name}
        </li>
      ))}
    </ul>
  );
}

export function Sample({ kind, look }: { readonly kind: Kind; readonly look: Look }) {
  const scheme = useComputedColorScheme("light");
  const colour = look.colour[scheme];
  if (kind === "lines") {
    return (
      <svg width={28} height={12} aria-hidden="true">
        <path d="M0,6H28" stroke={colour} strokeWidth={2.5} strokeDasharray={look.dash.join(" ")} />
      </svg>
    );
  }
  if (kind === "scatter") {
    return (
      <svg width={12} height={12} viewBox="-6 -6 12 12" aria-hidden="true">
        <path d={look.marker} fill={colour} />
      </svg>
    );
  }
  return (
    <svg width={2 * TILE} height={TILE + 4} aria-hidden="true">
      <rect width="100%" height="100%" fill={colour} />
      {[0, TILE].map((left) => (
        <path
          key={left}
          d={look.tile}
          transform={`translate(${left} 2)`}
          stroke={PAPER[scheme]}
          strokeWidth={1.5}
          fill="none"
        />
      ))}
    </svg>
  );
}
