/** From an alert to the figure that moved. */

import { useGet } from "../../api/queries";
import { paths } from "../../lib/address/paths";
import { searchAround } from "../../lib/time/range";
import type { Changes } from "../../state/address";
import type { Rule } from "./types";

const MINUTE_MS = 60_000;
const AROUND_MINUTES = 5;

export interface LinkTo {
  readonly to: string;
  readonly search: Changes;
}

/**
 * Return a function that makes the link to the chart of what a rule watches, five minutes around an instant and more
 * where the rule's window looks further back. A burn rate has no chart of its own: what spends the budget has, errors
 * alone or slow ones too.
 */
export function useFigureLink({ interactionName, metric, sloId, windowMinutes }: Rule): (aroundMs: number) => LinkTo {
  const slo = useGet("/v1/slos/{id}", { params: { path: { id: sloId ?? "" } } }, { enabled: sloId !== null });
  const spending = slo.data === undefined || slo.data.data.goodWhen === "COMPLETED" ? "errorRate" : "strictApdex";
  const figure = metric === "burnRate" ? spending : metric;
  const to = paths.criticalInteraction(interactionName);
  return (aroundMs) => ({
    to,
    search: { figure, ...searchAround(aroundMs, windowMinutes > AROUND_MINUTES ? windowMinutes * MINUTE_MS : 0) },
  });
}
