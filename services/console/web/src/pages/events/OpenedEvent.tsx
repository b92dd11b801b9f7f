/** The event that is opened beside the list. */

import { Title } from "@mantine/core";
import { useGet } from "../../api/queries";
import { PageLink } from "../../components/PageLink";
import { EventRecord, rangeOf } from "../../components/record/EventRecord";
import { RecordPanel } from "../../components/record/RecordPanel";
import type { Opened } from "../../components/record/useOpened";
import { Loaded } from "../../components/states/Loaded";
import { paths } from "../../lib/address/paths";

export function OpenedEvent({ opened }: { readonly opened: Opened }) {
  const event = useGet("/api/v1/events/{event_id}", { params: { path: { event_id: opened.id } } });
  return (
    <RecordPanel opened={opened}>
      <Loaded query={event} what="the event" height={400}>
        {(found) => (
          <>
            <Title order={2} size="h4" mb="sm">
              <PageLink to={paths.event(found.id)} search={rangeOf(found)} className="break">
                {found.eventType}
              </PageLink>
            </Title>
            <EventRecord of={found} />
          </>
        )}
      </Loaded>
    </RecordPanel>
  );
}
