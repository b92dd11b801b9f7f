/** One trace: what it was in one line, then its records as a waterfall, a table, a graph, or as they were recorded. */

import { Tabs } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { useGet } from "../../api/queries";
import { CopyButton } from "../../components/CopyButton";
import { Page } from "../../components/Page";
import { Failed } from "../../components/states/Failed";
import { Loaded } from "../../components/states/Loaded";
import { TabList } from "../../components/TabList";
import { useAddress } from "../../state/address";
import { FIELDS, TABS } from "./fields";
import { SummaryLine } from "./SummaryLine";
import { TraceGraph } from "./TraceGraph";
import { TraceJson } from "./TraceJson";
import { TraceTable } from "./TraceTable";
import { useTrace } from "./useTrace";
import { Waterfall } from "./waterfall/Waterfall";

const LABELS: Readonly<Record<(typeof TABS)[number], string>> = {
  waterfall: "Waterfall",
  table: "Table",
  graph: "Graph",
  json: "JSON",
};

const NOT_FOUND = 404;

export default function TracePage() {
  const { uowId = "" } = useParams({ strict: false });
  const { values, change } = useAddress(FIELDS);
  const trace = useTrace(uowId);
  const summary = useGet("/api/traces/{uowId}/summary", { params: { path: { uowId } } }, { fresh: true });
  const title = `Trace ${uowId}`;
  if (summary.error?.status === NOT_FOUND) {
    return (
      <Page title={title}>
        <Failed what="the trace" problem={summary.error} retry={() => summary.refetch()} />
      </Page>
    );
  }
  return (
    <Page title={title} actions={<CopyButton text={uowId} name="Copy id" />}>
      <Loaded query={summary} what="the summary of the trace" height={24}>
        {(found) => <SummaryLine of={found} />}
      </Loaded>
      <Tabs
        value={values.tab}
        onChange={(next) => change({ tab: TABS.find((tab) => tab === next) })}
        keepMounted={false}
      >
        <TabList labels={LABELS} />
        <Tabs.Panel value="waterfall">
          <Loaded query={trace} what="the trace" height={600}>
            {(found) => <Waterfall key={trace.dataUpdatedAt} uowId={uowId} trace={found} />}
          </Loaded>
        </Tabs.Panel>
        <Tabs.Panel value="table">
          <Loaded query={trace} what="the trace" height={600}>
            {(found) => <TraceTable trace={found} />}
          </Loaded>
        </Tabs.Panel>
        <Tabs.Panel value="graph">
          <Loaded query={trace} what="the trace" height={600}>
            {(found) => <TraceGraph trace={found} />}
          </Loaded>
        </Tabs.Panel>
        <Tabs.Panel value="json">
          <TraceJson uowId={uowId} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
