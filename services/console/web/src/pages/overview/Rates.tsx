/** How much came in the range, and how fast. */

import { useGet } from "../../api/queries";
import { Facts } from "../../components/Facts";
import { PageLink } from "../../components/PageLink";
import { formatNumber, formatRate } from "../../lib/numbers";
import type { Changes } from "../../state/address";
import { useRange } from "../../state/range";

export function Rates() {
  const { from, to } = useRange();
  const query = { limit: 1, startDate: from, endDate: to };
  const interactions = useGet("/api/interactions", { params: { query } });
  const events = useGet("/api/v1/events", { params: { query: { limit: 1, from, to } } });
  const traces = useGet("/api/traces", { params: { query } });
  const failing = useGet("/api/traces", { params: { query: { ...query, error: true } } });
  return (
    <Facts
      facts={[
        ["Interactions", <Count key="interactions" of={interactions.data?.pagination.total} to="/interactions" />],
        ["Events", <Count key="events" of={events.data?.total} to="/events" />],
        ["Traces", <Count key="traces" of={traces.data?.pagination.total} to="/traces" />],
        [
          "Traces with errors",
          <Count key="failing" of={failing.data?.pagination.total} to="/traces" search={{ error: "true" }} />,
        ],
      ]}
    />
  );
}

interface CountProps {
  readonly of: number | undefined;
  readonly to: string;
  readonly search?: Changes;
}

function Count({ of, to, search }: CountProps) {
  const { fromMs, toMs } = useRange();
  if (of === undefined) return "–";
  const isBounded = fromMs !== null && toMs !== null;
  return (
    <>
      <PageLink to={to} search={search}>
        {formatNumber(of)}
      </PageLink>
      {isBounded && <div className="dimmed small">{formatRate(of, toMs - fromMs)}</div>}
    </>
  );
}
