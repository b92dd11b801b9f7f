/** The chain of an event's causes, from its own back to where it began. */

import { Box, Text, Title } from "@mantine/core";
import { useId } from "react";
import { type GetData, useGet } from "../../api/queries";
import { PageLink } from "../../components/PageLink";
import { type Event, rangeOf } from "../../components/record/EventRecord";
import { Loaded } from "../../components/states/Loaded";
import { Duration, Time } from "../../components/Time";
import { paths } from "../../lib/address/paths";
import { zoneName } from "../../lib/time/zone";
import { usePreferences } from "../../state/preferences";

type Chain = GetData<"/api/v1/events/{event_id}/causes">;

export function Causes({ of }: { readonly of: Event }) {
  const id = useId();
  const causes = useGet("/api/v1/events/{event_id}/causes", { params: { path: { event_id: of.id } } }, { fresh: true });
  return (
    <Box component="section" aria-labelledby={id} mt="md">
      <Title order={2} size="h4" id={id} mb="xs">
        Causes
      </Title>
      <Loaded query={causes} what="the causes" height={80}>
        {(chain) => (
          <>
            {chain.causes.length > 0 && (
              <ol className="chain">
                {chain.causes.map((cause, index) => (
                  <Link key={cause.id} cause={cause} effect={chain.causes[index - 1] ?? of} />
                ))}
              </ol>
            )}
            <Text size="sm">{endOf(chain)}</Text>
          </>
        )}
      </Loaded>
    </Box>
  );
}

function Link({ cause, effect }: { readonly cause: Event; readonly effect: Event }) {
  const { zone } = usePreferences().preferences;
  return (
    <li>
      <PageLink to={paths.event(cause.id)} search={rangeOf(cause)} className="break" underline="always">
        {cause.eventType}
      </PageLink>{" "}
      of {cause.resourceType} {cause.resourceId}, <Time at={cause.occurredAt} millis />{" "}
      <span className="dimmed">
        {zoneName(zone)}, <Duration ms={Date.parse(effect.occurredAt) - Date.parse(cause.occurredAt)} /> before
      </span>
    </li>
  );
}

function endOf({ causes, missing, cycle, truncated }: Chain): string {
  if (missing !== null) return `The chain breaks here: the cause ${missing} is not recorded.`;
  if (cycle) return "The chain goes round: the cause of the last one stands in it already.";
  if (truncated) return `The chain is longer: these are the nearest ${causes.length}.`;
  return causes.length === 0 ? "It names no cause." : "The last one names no cause: there it began.";
}
