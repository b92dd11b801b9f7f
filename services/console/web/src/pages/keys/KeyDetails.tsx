/** One key, and the way to what was done with it. */

import { Stack } from "@mantine/core";
import { Dialog } from "../../components/Dialog";
import { Fields } from "../../components/Fields";
import { PageLink } from "../../components/PageLink";
import { Time } from "../../components/Time";
import type { Key } from "./KeysPage";
import { stateOf } from "./state";

export function KeyDetails({ one, onClose }: { readonly one: Key; readonly onClose: () => void }) {
  return (
    <Dialog title={one.label} onClose={onClose} canClickAway>
      <Stack>
        <Fields
          items={[
            ["Id", <code key="id">{one.id}</code>],
            ["Prefix", <code key="prefix">wm_{one.prefix}</code>],
            ["State", stateOf(one, Date.now())],
            ["Roles", one.roles.join(", ")],
            ["Requests per minute", one.rateLimitPerMinute ?? "as the installation allows"],
            ["Created by", one.createdBy],
            ["Created", <Time key="created" at={one.createdAt} />],
            ["Last used", one.lastUsedAt === null ? "never" : <Time key="used" at={one.lastUsedAt} ago />],
            ["Expires", one.expiresAt === null ? "never" : <Time key="expires" at={one.expiresAt} ago />],
            ["Revoked", one.revokedAt === null ? "no" : <Time key="revoked" at={one.revokedAt} ago />],
          ]}
        />
        <PageLink to="/events" search={{ actor_id: one.id, from: "all" }}>
          Events by this key
        </PageLink>
      </Stack>
    </Dialog>
  );
}
