/** Alert rules with how each stands, and the webhooks that they tell. */

import { Tabs } from "@mantine/core";
import { NewRule } from "../../components/alerts/NewRule";
import { REFRESH_MS } from "../../components/alerts/types";
import { Page } from "../../components/Page";
import { TabList } from "../../components/TabList";
import { useAddress } from "../../state/address";
import { useAutoRefresh } from "../../state/refresh";
import { FIELDS } from "./fields";
import { Rules } from "./Rules";
import { Webhooks } from "./webhooks/Webhooks";

const LABELS = { rules: "Rules", webhooks: "Webhooks" };

export default function AlertsPage() {
  const { values, change } = useAddress(FIELDS);
  const { tab } = values;
  useAutoRefresh(REFRESH_MS);
  return (
    <Page title="Alerts" actions={tab === "rules" && <NewRule />}>
      <Tabs
        value={tab}
        onChange={(next) => change({ tab: next === "webhooks" ? "webhooks" : "rules", page: 1, open: "" })}
        keepMounted={false}
      >
        <TabList labels={LABELS} />
        <Tabs.Panel value="rules">
          <Rules values={values} change={change} />
        </Tabs.Panel>
        <Tabs.Panel value="webhooks">
          <Webhooks />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
