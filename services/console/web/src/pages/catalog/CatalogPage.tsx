/** What interactions may name (resource types, actions, origins), and the schemas of events. */

import { Tabs } from "@mantine/core";
import { Page } from "../../components/Page";
import { TabList } from "../../components/TabList";
import { choice } from "../../lib/address/fields";
import { useAddress } from "../../state/address";
import { EventTypes } from "./EventTypes";
import { Items } from "./Items";
import { KINDS } from "./kinds";

const EVENT_TYPES = "event-types";
const FIELDS = { tab: choice("resource-types", "actions", "origins", EVENT_TYPES) };
const LABELS = { ...Object.fromEntries(KINDS.map(({ name, title }) => [name, title])), [EVENT_TYPES]: "Event types" };

export default function CatalogPage() {
  const { values, change } = useAddress(FIELDS);
  const { tab } = values;
  const kind = KINDS.find(({ name }) => name === tab);
  return (
    <Page title="Catalog">
      <Tabs value={tab} onChange={(next) => next !== null && change({ tab: next as typeof tab })}>
        <TabList labels={LABELS} />
        <Tabs.Panel value={tab}>
          {kind === undefined ? <EventTypes /> : <Items key={kind.name} kind={kind} />}
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
