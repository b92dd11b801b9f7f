/** The interaction that is opened beside the list. */

import { Title } from "@mantine/core";
import { useGet } from "../../api/queries";
import { PageLink } from "../../components/PageLink";
import { happenedMs, InteractionRecord } from "../../components/record/InteractionRecord";
import { RecordPanel } from "../../components/record/RecordPanel";
import type { Opened } from "../../components/record/useOpened";
import { Loaded } from "../../components/states/Loaded";
import { paths } from "../../lib/address/paths";
import { searchAround } from "../../lib/time/range";

export function OpenedInteraction({ opened }: { readonly opened: Opened }) {
  const interaction = useGet("/api/interactions/{interactionId}", { params: { path: { interactionId: opened.id } } });
  return (
    <RecordPanel opened={opened}>
      <Loaded query={interaction} what="the interaction" height={400}>
        {(found) => (
          <>
            <Title order={2} size="h4" mb="sm">
              <PageLink to={paths.interaction(found.interactionId)} search={searchAround(happenedMs(found))}>
                Interaction {found.interactionNumber}
              </PageLink>
            </Title>
            <InteractionRecord of={found} />
          </>
        )}
      </Loaded>
    </RecordPanel>
  );
}
