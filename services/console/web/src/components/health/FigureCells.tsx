/** The figures of a critical interaction in the cells of a list. Each asks for the same, so that it is asked once a row. */

import { OF_ROW, withoutEmptyBeginning } from "../../lib/critical/range";
import { apdexRating, formatFigure } from "../../lib/health";
import { formatNumber } from "../../lib/numbers";
import { type Health, useHealth } from "../../state/health";
import { Sparkline } from "../chart/Sparkline";

type FigureName = "apdex" | "errorRate" | "p95" | "throughputPerMinute";

interface OfProps {
  /** The name of the critical interaction. */
  readonly of: string;
}

export function FigureCell({ of, figure }: OfProps & { readonly figure: FigureName }) {
  const { health } = useHealth(of, OF_ROW);
  if (health.isError) return "failed";
  const value = health.data?.data.total[figure];
  return (
    <span className="numbers">{value === undefined ? "" : value === null ? "–" : formatFigure(figure, value)}</span>
  );
}

/** The Apdex and its rating in a word. */
export function ApdexCell({ of }: OfProps) {
  const value = useHealth(of, OF_ROW).health.data?.data.total.apdex;
  return (
    <span className="nowrap">
      <FigureCell of={of} figure="apdex" />
      {typeof value === "number" && <span className="dimmed"> {apdexRating(value)}</span>}
    </span>
  );
}

/** The Apdex over the range as a line. */
export function ApdexTrend({ of }: OfProps) {
  const data = useHealth(of, OF_ROW).health.data?.data;
  if (data === undefined || data.total.apdex === null) return null;
  const values = withoutEmptyBeginning(data.series).map(({ apdex }) => apdex);
  return <Sparkline values={values} most={1} words={wordsOf(values)} />;
}

function wordsOf(values: readonly Health["total"]["apdex"][]): string {
  const known = values.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return `between ${formatNumber(least)} and ${formatNumber(most)}, ${formatNumber(known.at(-1) ?? 0)} at the end`;
}
