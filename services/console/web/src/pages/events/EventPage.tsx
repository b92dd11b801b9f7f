/** One event by its id, and what led to it. */

import { useParams } from "@tanstack/react-router";
import { useGet } from "../../api/queries";
import { Page } from "../../components/Page";
import { EventRecord } from "../../components/record/EventRecord";
import { Loaded } from "../../components/states/Loaded";
import { Causes } from "./Causes";

export default function EventPage() {
  const { eventId = "" } = useParams({ strict: false });
  const event = useGet("/api/v1/events/{event_id}", { params: { path: { event_id: eventId } } }, { fresh: true });
  return (
    <Page title={event.data?.eventType ?? "Event"}>
      <Loaded query={event} what="the event" height={400}>
        {(found) => (
          <>
            <EventRecord of={found} />
            <Causes of={found} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
