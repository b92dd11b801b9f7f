/** The tenant's API keys: what they may do, until when, and when they were last used. */

import { Button } from "@mantine/core";
import { api } from "../../api/client";
import { type GetData, useGet } from "../../api/queries";
import { ConfirmButton } from "../../components/form/ConfirmButton";
import { OpenLink } from "../../components/OpenLink";
import { Page } from "../../components/Page";
import { Loaded } from "../../components/states/Loaded";
import { NothingYet } from "../../components/states/Nothing";
import { Time } from "../../components/Time";
import type { Column } from "../../components/table/DataTable";
import { PagedTable } from "../../components/table/PagedTable";
import { integer, text } from "../../lib/address/fields";
import { useAddress } from "../../state/address";
import { useMay } from "../../state/me";
import { CreateKey } from "./CreateKey";
import { KeyDetails } from "./KeyDetails";
import { stateOf } from "./state";

export type Key = GetData<"/api/keys">["data"][number];

const FIELDS = { open: text(), page: integer(1) };
const NEW = "new";
const PAGE_SIZE = 50;

const COLUMNS: readonly Column<Key>[] = [
  {
    head: "Label",
    cell: (key) => <OpenLink id={key.id}>{key.label}</OpenLink>,
  },
  { head: "Prefix", cell: (key) => <code>wm_{key.prefix}</code> },
  { head: "Roles", cell: (key) => key.roles.join(", ") },
  { head: "State", cell: (key) => stateOf(key, Date.now()) },
  { head: "Last used", isTime: true, cell: (key) => (key.lastUsedAt ? <Time at={key.lastUsedAt} ago /> : "never") },
  { head: "Expires", isTime: true, cell: (key) => (key.expiresAt ? <Time at={key.expiresAt} ago /> : "never") },
  { head: "Created", isTime: true, cell: (key) => <Time at={key.createdAt} /> },
  { head: "Change", cell: (key) => key.revokedAt === null && <Revoke one={key} /> },
];

export default function KeysPage() {
  const { values, change } = useAddress(FIELDS);
  const { open, page } = values;
  const mayWrite = useMay("admin");
  const list = useGet("/api/keys", { params: { query: { page, limit: PAGE_SIZE } } });
  const close = () => change({ open: "" });
  const opened = list.data?.data.find((key) => key.id === open);
  return (
    <Page title="API keys" actions={mayWrite && <Button onClick={() => change({ open: NEW })}>Create key</Button>}>
      <Loaded query={list} what="the keys" height={400}>
        {({ data, pagination }) =>
          pagination.total === 0 ? (
            <NothingYet sentence="A key lets a program post records, or read them. Create the first one above." />
          ) : (
            <PagedTable
              caption="API keys"
              columns={COLUMNS}
              rows={data}
              rowKey={(key) => key.id}
              total={pagination.total}
              page={page}
              pageSize={PAGE_SIZE}
              onPage={(next) => change({ page: next })}
            />
          )
        }
      </Loaded>
      {open === NEW && mayWrite && <CreateKey onClose={close} />}
      {opened !== undefined && <KeyDetails one={opened} onClose={close} />}
    </Page>
  );
}

function Revoke({ one }: { readonly one: Key }) {
  return (
    <ConfirmButton
      verb="Revoke"
      thing={`the key ${one.label}`}
      send={() => api.DELETE("/api/keys/{keyId}", { params: { path: { keyId: one.id } } })}
      reads={["/api/keys"]}
    >
      Whoever uses <code>wm_{one.prefix}…</code> is refused within a second. A revoked key cannot be taken up again.
    </ConfirmButton>
  );
}
