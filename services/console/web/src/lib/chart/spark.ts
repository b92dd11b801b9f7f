/** A line of values drawn small, without axes. */

export interface Spark {
  /** The outline of the line, as an SVG path; a value that stands alone is a short stroke. */
  readonly path: string;
  readonly width: number;
  readonly height: number;
}

const INSET = 2;

/** Draw values from left to right between 0 and `most`; null is a gap. */
export function sparkOf(values: readonly (number | null)[], most: number, width: number, height: number): Spark {
  const across = (width - 2 * INSET) / Math.max(1, values.length - 1);
  const x = (index: number) => round(INSET + index * across);
  const y = (value: number) => round(height - INSET - (Math.min(value, most) / (most || 1)) * (height - 2 * INSET));
  let path = "";
  values.forEach((value, index) => {
    if (value === null) return;
    const isFirst = index === 0 || values[index - 1] === null;
    const isAlone = isFirst && (values[index + 1] ?? null) === null;
    path += `${isFirst ? "M" : "L"}${x(index)},${y(value)}`;
    if (isAlone) path += "h1.5";
  });
  return { path, width, height };
}

function round(place: number): number {
  return Number(place.toFixed(1));
}
