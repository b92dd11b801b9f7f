/** Accounts with other services, and the applications that some need: written here, used by tasks of workflows. */

import { Button, Tabs } from "@mantine/core";
import { Page } from "../../components/Page";
import { TabList } from "../../components/TabList";
import { choice, text } from "../../lib/address/fields";
import { useAddress } from "../../state/address";
import { useMay } from "../../state/me";
import { Accounts, NEW } from "./Accounts";
import { INTEGRATIONS, PROVIDERS } from "./kinds";

const KINDS = [INTEGRATIONS, PROVIDERS] as const;
const FIELDS = { tab: choice("integrations", "providers"), open: text() };
const LABELS = Object.fromEntries(KINDS.map(({ name, title }) => [name, title]));

export default function IntegrationsPage() {
  const { values, change } = useAddress(FIELDS);
  const mayWrite = useMay("admin");
  const kind = values.tab === PROVIDERS.name ? PROVIDERS : INTEGRATIONS;
  return (
    <Page
      title="Integrations"
      actions={mayWrite && <Button onClick={() => change({ open: NEW })}>New {kind.noun}</Button>}
    >
      <Tabs value={kind.name} onChange={(next) => next !== null && change({ tab: next as typeof kind.name, open: "" })}>
        <TabList labels={LABELS} />
        <Tabs.Panel value={kind.name}>
          <Accounts key={kind.name} kind={kind} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
