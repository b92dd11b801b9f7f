/** How objectives stand, in words. */

interface Rule {
  readonly factor: number;
  readonly longRate: number | null;
  readonly shortRate: number | null;
}

interface Status {
  readonly budgetRemaining: number | null;
  readonly burnRules: readonly Rule[];
}

/**
 * How a pair of windows stands: `critical` where the budget goes too fast in both, `recovering` in the long one alone,
 * `rising` in the short one alone.
 */
export type PairState = "critical" | "rising" | "recovering" | "fine";

/** From the worst on. */
const STATES: readonly PairState[] = ["critical", "rising", "recovering", "fine"];

export function pairState({ factor, longRate, shortRate }: Rule): PairState {
  const isOver = (rate: number | null) => rate !== null && rate > factor;
  if (isOver(longRate)) return isOver(shortRate) ? "critical" : "recovering";
  return isOver(shortRate) ? "rising" : "fine";
}

export interface Worst {
  readonly state: PairState;
  /** The least budget that is left; null where no objective has data. */
  readonly budgetRemaining: number | null;
}

/** Return the worst state of some objectives, and the least budget; undefined where there is none. */
export function worstOf(statuses: readonly Status[]): Worst | undefined {
  if (statuses.length === 0) return undefined;
  const states = statuses.flatMap(({ burnRules }) => burnRules.map(pairState));
  const left = statuses.map(({ budgetRemaining }) => budgetRemaining).filter((one) => one !== null);
  return {
    state: STATES.find((state) => states.includes(state)) ?? "fine",
    budgetRemaining: left.length ? Math.min(...left) : null,
  };
}
