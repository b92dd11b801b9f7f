/** The pairs of windows of a burn rule in words: what goes too fast now, went so, or begins to. */

/** A burn rule and how fast the budget burns over its windows; null over one without events. */
export interface Burn {
  readonly factor: number;
  readonly longRate: number | null;
  readonly shortRate: number | null;
}

export type PairWord = "critical" | "recovering" | "rising" | "fine";

/** Return the word for a pair of windows. A rate equal to the factor is not over it. */
export function wordOf({ factor, longRate, shortRate }: Burn): PairWord {
  const isOver = (rate: number | null) => rate !== null && rate > factor;
  if (isOver(longRate)) return isOver(shortRate) ? "critical" : "recovering";
  return isOver(shortRate) ? "rising" : "fine";
}

/** What each word means, for whoever reads it the first time. */
export const MEANINGS: Readonly<Record<PairWord, string>> = {
  critical: "both windows burn too fast",
  recovering: "only the long window burns too fast",
  rising: "only the short window burns too fast",
  fine: "neither window burns too fast",
};

const BY_URGENCY: readonly PairWord[] = ["critical", "rising", "recovering", "fine"];

/** Return the most urgent word of some pairs; `fine` of none. */
export function mostUrgent(burns: readonly Burn[]): PairWord {
  const words = new Set(burns.map(wordOf));
  return BY_URGENCY.find((word) => words.has(word)) ?? "fine";
}

/** Write a burn rate as a multiple of the rate that just spends the budget: `14.4 ×`. */
export function rateText(rate: number | null): string {
  return rate === null ? "no events" : `${Number(rate.toPrecision(3))} ×`;
}
