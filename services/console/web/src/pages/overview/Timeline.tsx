/** Interactions over time; a click on a bar lists those in it. */

import { InteractionBars } from "../../components/chart/InteractionBars";
import { useGo } from "../../components/PageLink";
import { Loaded } from "../../components/states/Loaded";
import { formatRange } from "../../lib/time/range";
import { useHref } from "../../state/address";
import { useTimeline } from "../../state/timeline";

export function Timeline() {
  const href = useHref();
  const go = useGo();
  const { counts, countable } = useTimeline({ groupBy: "action" });
  return (
    <Loaded query={counts} what="the interactions over time" height={290}>
      {({ data }) => (
        <InteractionBars
          caption="Interactions by action"
          buckets={data}
          countable={countable}
          onOpen={(range, action) => go(href("/interactions", { action, ...formatRange(range) }))}
        />
      )}
    </Loaded>
  );
}
