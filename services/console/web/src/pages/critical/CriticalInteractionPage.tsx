/** One critical interaction: what it is, and in tabs how it is, its results, objectives, alerts and versions. */

import { Tabs } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { Schemas } from "../../api/client";
import { useGet } from "../../api/queries";
import { Page } from "../../components/Page";
import { Loaded, Waiting } from "../../components/states/Loaded";
import { TabList } from "../../components/TabList";
import { useAddress } from "../../state/address";
import { useMay } from "../../state/me";
import { Actions } from "./Actions";
import { PAGE_FIELDS, TABS, type Tab } from "./fields";
import { HealthTab } from "./health/HealthTab";
import { ResultsTab } from "./results/ResultsTab";
import { Summary } from "./Summary";
import { VersionsTab } from "./versions/VersionsTab";

const SloTab = lazy(() => import("../../components/slo/SloTab").then((it) => ({ default: it.SloTab })));
const AlertsTab = lazy(() => import("../../components/alerts/AlertsTab").then((it) => ({ default: it.AlertsTab })));

const LABELS: Readonly<Record<Tab, string>> = {
  health: "Health",
  results: "Results",
  slo: "SLO",
  alerts: "Alerts",
  versions: "Versions",
};

export default function CriticalInteractionPage() {
  const { name = "" } = useParams({ strict: false });
  const one = useGet("/v1/interactions/{name}", { params: { path: { name } } }, { fresh: true });
  const mayWrite = useMay("editor");
  return (
    <Page title={name} actions={mayWrite && one.data && <Actions of={one.data.data} />}>
      <Loaded query={one} what="the critical interaction" height={600}>
        {({ data }) => (
          <>
            <Summary of={data} />
            <InTabs of={data} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function InTabs({ of }: { readonly of: Schemas["CriticalInteractionOut"] }) {
  const { values, change } = useAddress(PAGE_FIELDS);
  return (
    <Tabs
      value={values.tab}
      onChange={(next) => change({ tab: TABS.find((tab) => tab === next), open: "" })}
      keepMounted={false}
    >
      <TabList labels={LABELS} />
      <Suspense fallback={<Waiting height={400} />}>
        <Tabs.Panel value="health">
          <HealthTab of={of} />
        </Tabs.Panel>
        <Tabs.Panel value="results">
          <ResultsTab of={of} />
        </Tabs.Panel>
        <Tabs.Panel value="slo">
          <SloTab name={of.name} />
        </Tabs.Panel>
        <Tabs.Panel value="alerts">
          <AlertsTab name={of.name} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <VersionsTab of={of} />
        </Tabs.Panel>
      </Suspense>
    </Tabs>
  );
}
