/**
 * How series look: a colour that stands out 3:1 from the page in its scheme, and with it always a pattern, a dash or a
 * shape, so that no two are told apart by colour alone.
 */

export type Scheme = "light" | "dark";

export interface Look {
  readonly colour: Readonly<Record<Scheme, string>>;
  /** Lines on a tile of 8 by 8, as an SVG path; empty for a plain area. */
  readonly tile: string;
  /** Lengths of strokes and gaps; empty for a whole line. */
  readonly dash: readonly number[];
  /** The outline of a point, 8 by 8 around the origin, as an SVG path. */
  readonly marker: string;
}

export const TILE = 8;

/** The page's own background. */
export const PAPER: Readonly<Record<Scheme, string>> = { light: "#ffffff", dark: "#242424" };
/** Text and lines of the axes. */
export const INK: Readonly<Record<Scheme, string>> = { light: "#495057", dark: "#b8b8b8" };
export const GRID: Readonly<Record<Scheme, string>> = { light: "#e9ecef", dark: "#3b3b3b" };

const CIRCLE = "M4,0A4,4 0 1 1 -4,0A4,4 0 1 1 4,0Z";
const SQUARE = "M-3.5,-3.5H3.5V3.5H-3.5Z";
const DIAMOND = "M0,-5L5,0L0,5L-5,0Z";
const UP = "M0,-4.5L4.5,3.5H-4.5Z";
const DOWN = "M0,4.5L4.5,-3.5H-4.5Z";
const PLUS = "M-1.5,-4.5H1.5V-1.5H4.5V1.5H1.5V4.5H-1.5V1.5H-4.5V-1.5H-1.5Z";
const BAR = "M-5,-1.75H5V1.75H-5Z";
const CROSS = "M-4.5,-2.5L-2.5,-4.5L0,-2L2.5,-4.5L4.5,-2.5L2,0L4.5,2.5L2.5,4.5L0,2L-2.5,4.5L-4.5,2.5L-2,0Z";

const RISING = "M-2,2L2,-2M-2,10L10,-2M6,10L10,6";
const FALLING = "M6,-2L10,2M-2,-2L10,10M-2,6L2,10";

export const LOOKS: readonly Look[] = [
  { colour: { light: "#3b5bdb", dark: "#748ffc" }, tile: "", dash: [], marker: CIRCLE },
  { colour: { light: "#d9480f", dark: "#ff922b" }, tile: RISING, dash: [8, 4], marker: SQUARE },
  { colour: { light: "#087f5b", dark: "#38d9a9" }, tile: FALLING, dash: [2, 3], marker: UP },
  { colour: { light: "#9c36b5", dark: "#da77f2" }, tile: "M0,4H8", dash: [10, 3, 2, 3], marker: DIAMOND },
  { colour: { light: "#0b7285", dark: "#3bc9db" }, tile: "M4,0V8", dash: [14, 4], marker: DOWN },
  { colour: { light: "#846100", dark: "#ffd43b" }, tile: "M0,4H8M4,0V8", dash: [5, 2], marker: PLUS },
  { colour: { light: "#495057", dark: "#ced4da" }, tile: `${RISING}${FALLING}`, dash: [2, 6], marker: BAR },
];
export const ERROR_LOOK: Look = {
  colour: { light: "#c92a2a", dark: "#ff8787" },
  tile: "M2,2L6,6M6,2L2,6",
  dash: [6, 2, 2, 2, 2, 2],
  marker: CROSS,
};

/** The most series that a chart can tell apart. */
export const MOST_SERIES = LOOKS.length;

/** Return the looks of series, in their order. */
export function looksOf(series: readonly { readonly isError?: boolean }[]): readonly Look[] {
  let plain = 0;
  return series.map(({ isError }) => {
    if (isError) return ERROR_LOOK;
    const look = LOOKS[plain % LOOKS.length] ?? ERROR_LOOK;
    plain += 1;
    return look;
  });
}
