/** Interactions over time; a click on a bar lists those in it. */

import { useGet } from "../../api/queries";
import { useOldest } from "../../api/useOldest";
import { InteractionBars } from "../../components/chart/InteractionBars";
import { useGo } from "../../components/PageLink";
import { Loaded } from "../../components/states/Loaded";
import { granularityOf } from "../../lib/chart/buckets";
import { formatRange } from "../../lib/time/range";
import { useHref } from "../../state/address";
import { useRange } from "../../state/range";

export function Timeline() {
  const { from, to, fromMs, toMs } = useRange();
  const href = useHref();
  const go = useGo();
  const oldest = useOldest("createdDate", from === undefined);
  const granularity = granularityOf(fromMs, toMs);
  const query = { startDate: from ?? oldest, endDate: to, groupBy: "action", granularity: granularity.name } as const;
  const timeline = useGet(
    "/api/interactions/timeline",
    { params: { query } },
    { enabled: query.startDate !== undefined },
  );
  return (
    <Loaded query={timeline} what="the interactions over time" height={290}>
      {({ data }) => (
        <InteractionBars
          caption="Interactions by action"
          buckets={data}
          granularity={granularity}
          onOpen={(range, action) => go(href("/interactions", { action, ...formatRange(range) }))}
        />
      )}
    </Loaded>
  );
}
