/** What was sent to a webhook, the newest first, each with its attempts; read again while one waits. */

import { Stack, Text } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { LookBadge } from "../../../components/alerts/LookBadge";
import { LoadMore } from "../../../components/LoadMore";
import { Failed } from "../../../components/states/Failed";
import { Waiting } from "../../../components/states/Loaded";
import { Duration, Time } from "../../../components/Time";
import { type Column, DataTable } from "../../../components/table/DataTable";
import { DELIVERY_STATES, lookAgainMs, outcomeOf } from "../../../lib/alerts/deliveries";
import { shortened } from "../../../lib/words";
import { useCursorPages } from "../../../state/cursorPages";

type Delivery = Schemas["WebhookDeliveryOut"];

const PAGE_SIZE = 20;
const COLUMNS: readonly Column<Delivery>[] = [
  {
    head: "Message",
    cell: ({ id, type, incidentId }) => (
      <>
        <span title={`delivery ${id}`}>{type}</span>
        {incidentId !== null && (
          <div className="dimmed small" title={incidentId}>
            incident {shortened(incidentId)}
          </div>
        )}
      </>
    ),
  },
  { head: "State", cell: ({ state }) => <LookBadge look={DELIVERY_STATES[state]} /> },
  { head: "Attempts", isTime: true, cell: (delivery) => <Attempts of={delivery} /> },
];

export function Deliveries({ id }: { readonly id: string }) {
  const deliveries = useCursorPages("/v1/webhooks/{id}/deliveries", {
    key: [id],
    init: (cursor) => ({ params: { path: { id }, query: { limit: PAGE_SIZE, cursor } } }),
    partOf: ({ data }) => ({ items: data.deliveries, next: data.nextCursor }),
    again: (items) => lookAgainMs(items, Date.now()),
  });
  const { items, problem } = deliveries;
  const failed = problem !== null && <Failed what="the deliveries" problem={problem} retry={deliveries.retry} />;
  if (items === undefined) return failed || <Waiting height={120} />;
  if (items.length === 0) return <Text size="sm">Nothing was sent to it yet.</Text>;
  return (
    <Stack gap="xs">
      <DataTable caption="Deliveries" columns={COLUMNS} rows={items} rowKey={(one) => one.id} />
      {failed}
      <LoadMore hasMore={deliveries.hasMore} isReading={deliveries.isReadingMore} onMore={deliveries.readMore} />
    </Stack>
  );
}

function Attempts({ of: { attempts, nextAttemptAt } }: { readonly of: Delivery }) {
  return (
    <ol className="plain-list">
      {attempts.map((attempt) => (
        <li key={attempt.at}>
          <Time at={attempt.at} />
          <div className="small wrap">
            {outcomeOf(attempt)}, after <Duration ms={attempt.durationMs} />
          </div>
        </li>
      ))}
      {nextAttemptAt !== null && (
        <li>
          next <Time at={nextAttemptAt} ago />
        </li>
      )}
      {attempts.length === 0 && nextAttemptAt === null && <li>none</li>}
    </ol>
  );
}
