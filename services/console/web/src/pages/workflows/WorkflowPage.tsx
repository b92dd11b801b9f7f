/** One workflow: its canvas, the sessions it has had, and its versions. */

import { Tabs } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useLeaveGuard } from "../../components/form/useLeaveGuard";
import { Page } from "../../components/Page";
import { Loaded, Waiting } from "../../components/states/Loaded";
import { TabList } from "../../components/TabList";
import { choice } from "../../lib/address/fields";
import { useAddress } from "../../state/address";
import { useWorkflow } from "../../state/workflow";
import { Actions } from "./canvas/Actions";
import { Answering } from "./canvas/Answering";
import { useDraft, type Workflow } from "./canvas/useDraft";

const TABS = ["canvas", "sessions", "versions"] as const;
const FIELDS = { tab: choice(...TABS) };
const LABELS: Readonly<Record<(typeof TABS)[number], string>> = {
  canvas: "Canvas",
  sessions: "Sessions",
  versions: "Versions",
};
const HEIGHT = 560;

const CanvasTab = lazy(() => import("./canvas/CanvasTab"));
const SessionsTab = lazy(async () => ({ default: (await import("./SessionsTab")).SessionsTab }));
const VersionsTab = lazy(async () => ({ default: (await import("./VersionsTab")).VersionsTab }));

export default function WorkflowPage() {
  const { name = "" } = useParams({ strict: false });
  const workflow = useWorkflow(name);
  if (workflow.data !== undefined) return <Opened key={workflow.data.id} workflow={workflow.data} />;
  return (
    <Page title={name}>
      <Loaded query={workflow} what="the workflow" height={HEIGHT}>
        {() => null}
      </Loaded>
    </Page>
  );
}

function Opened({ workflow }: { readonly workflow: Workflow }) {
  const { name } = workflow;
  const { values, change } = useAddress(FIELDS);
  // The draft outlives the tab: whoever looks at the sessions meanwhile finds it as it was.
  const draft = useDraft(workflow);
  const guard = useLeaveGuard({ isUnsaved: draft.isUnsaved, what: "the workflow" });
  return (
    <Page title={name} actions={<Actions workflow={workflow} isUnsaved={draft.isUnsaved} leave={guard.go} />}>
      <Answering workflow={workflow} isUnsaved={draft.isUnsaved} />
      <Tabs
        value={values.tab}
        onChange={(next) => change({ tab: TABS.find((tab) => tab === next) })}
        keepMounted={false}
      >
        <TabList labels={LABELS} />
        <Suspense fallback={<Waiting height={HEIGHT} />}>
          <Tabs.Panel value="canvas">
            <CanvasTab workflow={workflow} draft={draft} />
          </Tabs.Panel>
          <Tabs.Panel value="sessions">
            <SessionsTab name={name} />
          </Tabs.Panel>
          <Tabs.Panel value="versions">
            <VersionsTab name={name} />
          </Tabs.Panel>
        </Suspense>
      </Tabs>
      {guard.question}
    </Page>
  );
}
