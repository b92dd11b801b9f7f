/** An event as it was recorded: its fields, its payload, and the ways on from it. */

import { Group, Stack } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { paths } from "../../lib/address/paths";
import { searchAround } from "../../lib/time/range";
import { type FieldItem, Fields } from "../Fields";
import { Json } from "../Json";
import { PageLink } from "../PageLink";
import { Time } from "../Time";

export type Event = Schemas["EventOut"];

export function EventRecord({ of }: { readonly of: Event }) {
  return (
    <Stack gap="sm">
      <Group gap="md">
        {of.correlationId !== null && (
          <PageLink to={paths.trace(of.correlationId)} search={rangeOf(of)}>
            Open trace
          </PageLink>
        )}
        <PageLink to={paths.resource(of.resourceType, of.resourceId)} search={{ from: "all" }}>
          Resource history
        </PageLink>
      </Group>
      <Fields items={fieldsOf(of)} />
      <Json value={of.payload} />
    </Stack>
  );
}

/** Return the range of links from an event: that around it. */
export function rangeOf(event: Event): ReturnType<typeof searchAround> {
  return searchAround(Date.parse(event.occurredAt));
}

/** Return the version of the schema that an event was checked against; undefined when there was none. */
function schemaVersionOf(event: Event): string | undefined {
  return /[?&]version=(\d+)/.exec(event.dataschema ?? "")?.[1];
}

function fieldsOf(of: Event): readonly FieldItem[] {
  return [
    ["Event type", of.eventType],
    ["Schema version", schemaVersionOf(of) ?? "none"],
    ["Resource type", of.resourceType],
    ["Resource id", of.resourceId],
    ["Actor", of.actorId],
    ["Actor type", of.actorType],
    ["Occurred", <Time key="occurred" at={of.occurredAt} millis ago zoned />],
    ["Source", of.source],
    ["Unit of work", of.correlationId],
    ["Caused by", of.causationId === null ? null : <Cause key="cause" id={of.causationId} of={of} />],
    ["CloudEvents id", of.cloudEvent?.id],
    ["Event id", of.id],
  ];
}

function Cause({ id, of }: { readonly id: string; readonly of: Event }) {
  return (
    <PageLink to={paths.event(id)} search={rangeOf(of)}>
      {id}
    </PageLink>
  );
}
