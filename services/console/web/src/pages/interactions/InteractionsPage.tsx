/** Interactions: the list with every filter, and the numbers that it does not show. */

import { Tabs } from "@mantine/core";
import { Page } from "../../components/Page";
import { useAddress } from "../../state/address";
import { FIELDS } from "./fields";
import { Gaps } from "./Gaps";
import { List } from "./List";

export default function InteractionsPage() {
  const { values, change } = useAddress(FIELDS);
  return (
    <Page title="Interactions">
      <Tabs
        value={values.tab}
        onChange={(tab) => change({ tab: tab === "gaps" ? "gaps" : "list", page: 1 })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="list">List</Tabs.Tab>
          <Tabs.Tab value="gaps">Gaps</Tabs.Tab>
        </Tabs.List>
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
