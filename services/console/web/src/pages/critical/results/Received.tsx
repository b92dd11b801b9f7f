/** The record that ended a match too early, and the way to it: a result does not say of which kind it is. */

import type { Schemas } from "../../../api/client";
import { useGet } from "../../../api/queries";
import { PageLink } from "../../../components/PageLink";
import { Time } from "../../../components/Time";
import { paths } from "../../../lib/address/paths";
import { searchAround } from "../../../lib/time/range";

export function Received({ of: { recordId, name, time } }: { readonly of: Schemas["ReceivedOut"] }) {
  const query = { interactionId: recordId, limit: 1 };
  const found = useGet("/api/interactions", { params: { query } }, { fresh: true }).data;
  const to = found?.pagination.total === 0 ? paths.event(recordId) : paths.interaction(recordId);
  return (
    <>
      {found === undefined ? (
        name
      ) : (
        <PageLink to={to} search={searchAround(time)}>
          {name}
        </PageLink>
      )}
      <br />
      <Time at={time} millis zoned />
    </>
  );
}
