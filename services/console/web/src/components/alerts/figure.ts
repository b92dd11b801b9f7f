/** From an alert to the figure that moved. */

import { paths } from "../../lib/address/paths";
import { searchAround } from "../../lib/time/range";
import type { Changes } from "../../state/address";
import type { Rule } from "./types";

interface LinkTo {
  readonly to: string;
  readonly search: Changes;
}

/**
 * Return the link to the chart of what a rule watches, five minutes around an instant. A burn rate has no chart of its
 * own: the errors that spend the budget have.
 */
export function figureLink({ interactionName, metric }: Rule, aroundMs: number): LinkTo {
  const figure = metric === "burnRate" ? "errorRate" : metric;
  return { to: paths.criticalInteraction(interactionName), search: { figure, ...searchAround(aroundMs) } };
}
