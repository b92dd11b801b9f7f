/** What the address of a critical interaction says, by the API's own names. */

import { choice, type Field, integer, text } from "../../lib/address/fields";
import { METRICS, type Metric } from "../../lib/critical/figures";
import { ABORT_CAUSES, CATEGORIES, ERROR_CAUSES, OUTCOMES } from "../../lib/critical/results";

export const TABS = ["health", "results", "slo", "alerts", "versions"] as const;
export type Tab = (typeof TABS)[number];

/** One of some words; undefined when absent. */
function oneOf<T extends string>(options: readonly T[]): Field<T | undefined> {
  return {
    initial: undefined,
    read: (raw) => options.find((option) => option === raw),
    write: (value) => value,
    expected: `one of ${options.join(", ")}`,
  };
}

/** `open` is what is opened in a tab. */
export const PAGE_FIELDS = { tab: choice(...TABS), open: text() };

export const HEALTH_FIELDS = {
  /** The figure that a link is about. */
  figure: oneOf<Metric>(METRICS),
  groupBy: text(),
};

export const RESULT_FIELDS = {
  outcome: oneOf(OUTCOMES),
  cause: oneOf([...ERROR_CAUSES, ...ABORT_CAUSES]),
  category: oneOf(CATEGORIES),
  key: text(),
  /** Any when 0. */
  version: integer(0, 0),
};
