/** What the address of a trace's page says. */

import { choice, flag, text } from "../../lib/address/fields";

export const TABS = ["waterfall", "table", "graph", "json"] as const;

export const FIELDS = {
  tab: choice(...TABS),
  criticalPath: flag(),
  onlyCriticalPath: flag(),
  errors: flag(),
  find: text(),
  /** Folded records, as `lib/tree/fold` writes them. */
  fold: text(),
  /** The part of the trace's time that is shown, as `lib/tree/axis` writes it. */
  view: text(),
  sort: choice("start", "duration", "self"),
};
