/** The integrations or the providers as a list, and the opened one. */

import { useMemo } from "react";
import { api } from "../../api/client";
import { useGet } from "../../api/queries";
import { ConfirmButton } from "../../components/form/ConfirmButton";
import { OpenLink } from "../../components/OpenLink";
import { Loaded } from "../../components/states/Loaded";
import { NothingYet } from "../../components/states/Nothing";
import { Time } from "../../components/Time";
import type { Column } from "../../components/table/DataTable";
import { PagedTable } from "../../components/table/PagedTable";
import { integer, text } from "../../lib/address/fields";
import { useAddress } from "../../state/address";
import { useMay } from "../../state/me";
import { type Account, INTEGRATIONS, type Kind, PROVIDERS } from "./kinds";
import { OpenedAccount } from "./OpenedAccount";
import { TestButton } from "./TestButton";

/** The value of `open` for an account to be made: no name begins so. */
export const NEW = "-new";

const FIELDS = { open: text(), page: integer(1) };
const PAGE_SIZE = 50;

export function Accounts({ kind }: { readonly kind: Kind }) {
  const { values, change } = useAddress(FIELDS);
  const { open, page } = values;
  const mayWrite = useMay("admin");
  const list = useGet(kind.list, { params: { query: { page, limit: PAGE_SIZE } } }, { fresh: true });
  const types = useGet("/api/v1/integration-types", {});
  const titles = useMemo(() => new Map(types.data?.data.map(({ type, title }) => [type, title])), [types.data]);
  const columns = useMemo(() => columnsOf(kind, titles, mayWrite), [kind, titles, mayWrite]);
  const close = () => change({ open: "" });
  const isOpen = open === NEW ? mayWrite : open !== "";
  return (
    <>
      <Loaded query={list} what={`the ${kind.name}`} height={400}>
        {({ data, pagination }) =>
          pagination.total === 0 ? (
            <NothingYet sentence={kind.sentence} command={firstOf(kind)} />
          ) : (
            <PagedTable
              caption={kind.title}
              columns={columns}
              rows={data}
              rowKey={(account) => account.id}
              total={pagination.total}
              page={page}
              pageSize={PAGE_SIZE}
              onPage={(next) => change({ page: next })}
            />
          )
        }
      </Loaded>
      {isOpen && types.data !== undefined && (
        <OpenedAccount
          key={open}
          kind={kind}
          name={open === NEW ? null : open}
          types={types.data.data}
          onClose={close}
        />
      )}
    </>
  );
}

function columnsOf(kind: Kind, titles: ReadonlyMap<string, string>, mayWrite: boolean): readonly Column<Account>[] {
  return [
    { head: "Name", cell: ({ name }) => <OpenLink id={name}>{name}</OpenLink> },
    { head: "Type", cell: ({ type }) => titles.get(type) ?? type },
    ...(kind === INTEGRATIONS ? [{ head: "Provider", cell: ({ provider }: Account) => provider ?? "none" }] : []),
    { head: "Secrets", cell: ({ secrets }) => `${Object.keys(secrets).length} set` },
    { head: "Changed", isTime: true, cell: ({ modifiedDate }) => <Time at={modifiedDate} /> },
    ...(mayWrite
      ? [
          { head: "Test", cell: (account: Account) => <TestButton kind={kind} account={account} /> },
          { head: "Delete", cell: (account: Account) => <Delete kind={kind} account={account} /> },
        ]
      : []),
  ];
}

function Delete({ kind, account }: { readonly kind: Kind; readonly account: Account }) {
  const { name, version } = account;
  return (
    <ConfirmButton
      verb="Delete"
      thing={`the ${kind.noun} ${name}`}
      send={() => api.DELETE(kind.one, { params: { path: { name }, header: { "If-Match": `"${version}"` } } })}
      reads={[kind.list, kind.one]}
    >
      Its secrets are deleted with it. {kind.uses}
    </ConfirmButton>
  );
}

function firstOf(kind: Kind): string {
  const body =
    kind === PROVIDERS
      ? { name: "ours", type: "twitter", secrets: { CONSUMER_KEY: "…", CONSUMER_SECRET: "…" } }
      : { name: "shop", type: "http", settings: { baseUrl: "https://shop.example" }, secrets: { TOKEN: "…" } };
  const json = "-H 'content-type: application/json'";
  return `curl -s ${window.location.origin}${kind.list} -H "x-api-key: $WAYMARK_API_KEY" ${json} -d '${JSON.stringify(body)}'`;
}
