/** How the objectives of a critical interaction stand: the worst of them, and what is left of its budget. */

import type { Schemas } from "../../api/client";
import { type Get, type GetData, useGet, useGets } from "../../api/queries";
import { PageLink } from "../../components/PageLink";
import { paths } from "../../lib/address/paths";
import { formatShare } from "../../lib/numbers";
import { mostUrgent } from "../../lib/slo/windows";

/** As many as the API gives at once. */
const MOST = 500;

interface SloCellProps {
  readonly of: string;
}

export function SloCell({ of }: SloCellProps) {
  const slos = useGet("/v1/slos", { params: { query: { page: 0, size: MOST } } });
  const own = (slos.data?.data.slos ?? []).filter(({ interactionName }) => interactionName === of);
  const statuses = useGets(
    "/v1/slos/{id}/status",
    own.map(({ id }) => ({ params: { path: { id } } })),
  );
  if (slos.isError || statuses.some(({ isError }) => isError)) return "failed";
  const known = statuses.map((one: Get<GetData<"/v1/slos/{id}/status">>) => one.data?.data);
  if (known.length === 0) return slos.data === undefined ? null : <span className="dimmed">none</span>;
  const all = known.filter((one) => one !== undefined);
  if (all.length < known.length) return null;
  return (
    <PageLink to={paths.criticalInteraction(of)} search={{ tab: "slo" }}>
      {wordsOf(all)}
    </PageLink>
  );
}

function wordsOf(all: readonly Schemas["SloStatus"][]): string {
  const worst = mostUrgent(all.flatMap(({ burnRules }) => burnRules));
  const budgets = all.map(({ budgetRemaining }) => budgetRemaining).filter((left) => left !== null);
  return `${worst}, ${budgets.length ? `${formatShare(Math.min(...budgets))} left` : "no data"}`;
}
