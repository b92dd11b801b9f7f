/** An interaction as it was recorded: its fields, its JSON, and the ways on from it. */

import { Group, Stack } from "@mantine/core";
import { paths } from "../../lib/address/paths";
import { searchAround } from "../../lib/time/range";
import { type FieldItem, Fields } from "../Fields";
import { Json } from "../Json";
import { PageLink } from "../PageLink";
import { Time } from "../Time";
import { UserLink } from "../UserLink";
import { ActionBadge, type Interaction, OriginBadge, ResourceTypeBadge } from "./InteractionBadges";

export function InteractionRecord({ of }: { readonly of: Interaction }) {
  return (
    <Stack gap="sm">
      <Group gap="md">
        <PageLink to={paths.trace(of.uowId)} search={searchAround(happenedMs(of))}>
          Open trace
        </PageLink>
        <PageLink to={paths.resource(of.resourceTypeMnemonic, of.resourceId)} search={{ from: "all" }}>
          Resource history
        </PageLink>
      </Group>
      <Fields items={fieldsOf(of)} />
      <Json value={of.interaction} />
    </Stack>
  );
}

/** Return when an interaction happened: by its producer's clock, else when it was accepted. */
export function happenedMs(of: Interaction): number {
  return Date.parse(of.interactionTimestamp ?? of.createdDate);
}

function fieldsOf(of: Interaction): readonly FieldItem[] {
  return [
    ["Action", <ActionBadge key="action" of={of} />],
    ["Resource type", <ResourceTypeBadge key="type" of={of} />],
    ["Resource id", of.resourceId],
    ["Origin", <OriginBadge key="origin" of={of} />],
    ["User", of.userId === null ? null : <UserLink key="user" userId={of.userId} />],
    ["Happened", <Time key="happened" at={happenedMs(of)} millis ago zoned />],
    ["Accepted", <Time key="accepted" at={of.createdDate} millis zoned />],
    ["Unit of work", of.uowId],
    ["Place in the unit of work", of.sequenceIndex],
    ["Span", of.spanId],
    ["Parent span", of.parentSpanId],
    ["External reference", of.externalReference],
    ["External response", of.externalResponse === null ? null : JSON.stringify(of.externalResponse)],
    ["Interaction id", of.interactionId],
  ];
}
