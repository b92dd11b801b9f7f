/** Interactions: the list with every filter, and the numbers that it does not show. */

import { Tabs } from "@mantine/core";
import { Page } from "../../components/Page";
import { TabList } from "../../components/TabList";
import { useAddress } from "../../state/address";
import { FIELDS } from "./fields";
import { Gaps } from "./Gaps";
import { List } from "./List";

const LABELS = { list: "List", gaps: "Gaps" };

export default function InteractionsPage() {
  const { values, change } = useAddress(FIELDS);
  return (
    <Page title="Interactions">
      <Tabs
        value={values.tab}
        onChange={(tab) => change({ tab: tab === "gaps" ? "gaps" : "list", page: 1 })}
        keepMounted={false}
      >
        <TabList labels={LABELS} />
        <Tabs.Panel value="list">
          <List values={values} change={change} />
        </Tabs.Panel>
        <Tabs.Panel value="gaps">
          <Gaps page={values.page} onPage={(page) => change({ page })} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
