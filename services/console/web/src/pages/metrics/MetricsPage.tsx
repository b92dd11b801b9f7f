/** Metrics about customers, and the contact policies and qualification rules that compare their values. */

import { Tabs } from "@mantine/core";
import { Page } from "../../components/Page";
import { TabList } from "../../components/TabList";
import { choice } from "../../lib/address/fields";
import { useAddress } from "../../state/address";
import { MetricList } from "./list/MetricList";
import { KINDS } from "./rules/kinds";
import { RuleList } from "./rules/RuleList";

const METRICS = "metrics";
const FIELDS = { tab: choice(METRICS, "contact-policies", "qualification-rules") };
const LABELS = { [METRICS]: "Metrics", ...Object.fromEntries(KINDS.map(({ name, title }) => [name, title])) };

export default function MetricsPage() {
  const { values, change } = useAddress(FIELDS);
  const { tab } = values;
  const kind = KINDS.find(({ name }) => name === tab);
  return (
    <Page title="Metrics">
      <Tabs value={tab} onChange={(next) => next !== null && change({ tab: next as typeof tab })}>
        <TabList labels={LABELS} />
        <Tabs.Panel value={tab}>
          {kind === undefined ? <MetricList /> : <RuleList key={kind.name} kind={kind} />}
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
