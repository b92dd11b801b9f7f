/** A line beside a number, of how it came to be; for readers the words that are given stand instead. */

import { sparkOf } from "../../lib/chart/spark";

interface SparklineProps {
  /** From left to right; null is a gap. */
  readonly values: readonly (number | null)[];
  /** The value at the upper edge; 0 is at the lower. */
  readonly most: number;
  /** The same in words, for those who do not see it. */
  readonly words: string;
}

const [WIDTH, HEIGHT] = [96, 22];

export function Sparkline({ values, most, words }: SparklineProps) {
  const { path } = sparkOf(values, most, WIDTH, HEIGHT);
  return (
    <span className="sparkline">
      <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        <path d={`M0,${HEIGHT - 1}H${WIDTH}`} className="base" />
        <path d={path} className="line" />
      </svg>
      <span className="visually-hidden">{words}</span>
    </span>
  );
}
