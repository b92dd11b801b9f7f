/** Accounts with other services, and the applications that some need: written here, used by tasks of workflows. */

import { Button, Tabs } from "@mantine/core";
import { Page } from "../../components/Page";
import { choice, text } from "../../lib/address/fields";
import { useAddress } from "../../state/address";
import { useMay } from "../../state/me";
import { Accounts, NEW } from "./Accounts";
import { INTEGRATIONS, PROVIDERS } from "./kinds";

const KINDS = [INTEGRATIONS, PROVIDERS] as const;
const FIELDS = { tab: choice("integrations", "providers"), open: text() };

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
        <Tabs.List mb="md">
          {KINDS.map(({ name, title }) => (
            <Tabs.Tab key={name} value={name}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={kind.name}>
          <Accounts key={kind.name} kind={kind} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
