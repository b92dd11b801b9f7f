/** Events: the list with its filters and what it is made of, and who caused them. */

import { Tabs } from "@mantine/core";
import { Page } from "../../components/Page";
import { TabList } from "../../components/TabList";
import { useAddress } from "../../state/address";
import { Actors } from "./Actors";
import { FIELDS } from "./fields";
import { List } from "./List";

const LABELS = { list: "List", actors: "Actors" };

export default function EventsPage() {
  const { values, change } = useAddress(FIELDS);
  return (
    <Page title="Events">
      <Tabs
        value={values.tab}
        onChange={(tab) => change({ tab: tab === "actors" ? "actors" : "list", page: 1 })}
        keepMounted={false}
      >
        <TabList labels={LABELS} />
        <Tabs.Panel value="list">
          <List values={values} change={change} />
        </Tabs.Panel>
        <Tabs.Panel value="actors">
          <Actors onActor={(actorId) => change({ tab: "list", actor_id: actorId, page: 1 })} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
