/** The webhooks of the tenant, how the last delivery to each went, and the webhook that is opened beside them. */

import { Button, Group, Stack } from "@mantine/core";
import { useMemo } from "react";
import type { Webhook } from "../../../components/alerts/types";
import { useWebhooks, webhookName } from "../../../components/alerts/useWebhooks";
import { OpenLink } from "../../../components/OpenLink";
import { Beside } from "../../../components/record/RecordPanel";
import { type Opened, useOpened } from "../../../components/record/useOpened";
import { Loaded } from "../../../components/states/Loaded";
import { NothingYet } from "../../../components/states/Nothing";
import { Time } from "../../../components/Time";
import { type Column, DataTable } from "../../../components/table/DataTable";
import { useMay } from "../../../state/me";
import { LastDelivery } from "./LastDelivery";
import { NewWebhook } from "./NewWebhook";
import { OpenedWebhook } from "./OpenedWebhook";

const NEW = "new";

export function Webhooks() {
  const opened = useOpened();
  const columns = useMemo(() => columnsOf(opened), [opened]);
  const mayWrite = useMay("editor");
  const webhooks = useWebhooks();
  const isOpen = opened.id !== "" && opened.id !== NEW;
  return (
    <Stack gap="md">
      {mayWrite && (
        <Group>
          <Button onClick={() => opened.open(NEW)} aria-haspopup="dialog">
            New webhook
          </Button>
        </Group>
      )}
      <Beside record={isOpen ? <OpenedWebhook opened={opened} /> : null}>
        <Loaded query={webhooks} what="the webhooks" height={400}>
          {({ data }) =>
            data.webhooks.length === 0 ? (
              <NothingYet sentence="A webhook is an address that is told when an alert fires and when it is resolved." />
            ) : (
              <DataTable
                caption="Webhooks"
                columns={columns}
                rows={data.webhooks}
                rowKey={({ id }) => id}
                isCurrent={({ id }) => id === opened.id}
                onPick={({ id }) => opened.open(id)}
              />
            )
          }
        </Loaded>
      </Beside>
      {opened.id === NEW && mayWrite && <NewWebhook onClose={opened.close} />}
    </Stack>
  );
}

function columnsOf(opened: Opened): readonly Column<Webhook>[] {
  return [
    {
      head: "Webhook",
      cell: (webhook) => (
        <span className="break">
          <OpenLink id={webhook.id} opened={opened}>
            {webhookName(webhook)}
          </OpenLink>
        </span>
      ),
    },
    { head: "URL", isExtra: true, cell: ({ url }) => <span className="break">{url}</span> },
    { head: "State", cell: ({ enabled }) => (enabled ? "enabled" : "disabled") },
    { head: "Last delivery", isTime: true, cell: ({ id }) => <LastDelivery id={id} /> },
    { head: "Created", isTime: true, isExtra: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
  ];
}
