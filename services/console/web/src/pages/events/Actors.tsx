/** Who caused the events of the range, the most active first. */

import { Anchor, Stack } from "@mantine/core";
import { type GetData, useGet } from "../../api/queries";
import { LoadMore } from "../../components/LoadMore";
import { Loaded } from "../../components/states/Loaded";
import { NoMatch } from "../../components/states/Nothing";
import { type Column, DataTable } from "../../components/table/DataTable";
import { integer } from "../../lib/address/fields";
import { formatNumber } from "../../lib/numbers";
import { useAddress } from "../../state/address";
import { useRange } from "../../state/range";

type Actor = GetData<"/api/v1/events/stats/by-actor">["actors"][number];

const STEP = 100;
const MOST = 10_000;
const FIELDS = { limit: integer(STEP, 1, MOST) };

export function Actors({ onActor }: { readonly onActor: (actorId: string) => void }) {
  const { from, to } = useRange();
  const { values, change } = useAddress(FIELDS);
  const actors = useGet("/api/v1/events/stats/by-actor", { params: { query: { from, to, limit: values.limit } } });
  const columns: readonly Column<Actor>[] = [
    {
      head: "Actor",
      cell: ({ actorId }) => (
        <Anchor inherit component="button" className="break" ta="left" onClick={() => onActor(actorId)}>
          {actorId}
        </Anchor>
      ),
    },
    { head: "Actor type", cell: ({ actorType }) => actorType ?? "" },
    { head: "Events", align: "right", cell: ({ total }) => formatNumber(total) },
    { head: "Failures", align: "right", cell: ({ failures }) => formatNumber(failures) },
    { head: "Successes", align: "right", cell: ({ successes }) => formatNumber(successes) },
  ];
  return (
    <Loaded query={actors} what="the actors" height={600}>
      {({ actors: found, hasMore }) =>
        found.length === 0 ? (
          <NoMatch />
        ) : (
          <Stack gap="sm" align="flex-start">
            <DataTable
              caption="Actors"
              columns={columns}
              rows={found}
              rowKey={({ actorId, actorType }) => `${actorType} ${actorId}`}
            />
            <LoadMore
              hasMore={hasMore && values.limit < MOST}
              isReading={actors.isPlaceholderData}
              onMore={() => change({ limit: Math.min(MOST, values.limit + STEP) }, "typing")}
            />
          </Stack>
        )
      }
    </Loaded>
  );
}
