/** The items of one kind as a list, and the opened one. */

import { useMemo } from "react";
import { api } from "../../api/client";
import { useGet } from "../../api/queries";
import { CatalogBadge } from "../../components/CatalogBadge";
import { Filter } from "../../components/Filter";
import { ConfirmButton } from "../../components/form/ConfirmButton";
import { OpenLink } from "../../components/OpenLink";
import { Loaded } from "../../components/states/Loaded";
import { NoMatch } from "../../components/states/Nothing";
import { Time } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { text } from "../../lib/address/fields";
import { useAddress } from "../../state/address";
import { useMay } from "../../state/me";
import { type Item, itemOf, type Kind, mayChange } from "./kinds";
import { OpenedItem } from "./OpenedItem";
import { ARCHIVED, Tools } from "./Tools";

const FIELDS = { search: text(), archived: ARCHIVED, open: text() };
const NEW = "new";

export function Items({ kind }: { readonly kind: Kind }) {
  const { values, change } = useAddress(FIELDS);
  const { search, archived, open } = values;
  const mayWrite = useMay("editor");
  const list = useGet(kind.list, { params: { query: { search: search || undefined, archived } } });
  const columns = useMemo(() => columnsOf(kind, mayWrite), [kind, mayWrite]);
  const isFiltered = search !== "" || archived !== "false";
  return (
    <>
      <Tools
        archived={archived}
        onArchived={(next) => change({ archived: next })}
        noun={kind.noun}
        onNew={() => change({ open: NEW })}
      >
        <Filter label="Mnemonic or title" value={search} onType={(typed) => change({ search: typed }, "typing")} />
      </Tools>
      <Loaded query={list} what={`the ${kind.noun}s`} height={600}>
        {(answer) => {
          const items = (Array.isArray(answer) ? answer : answer.data).map((one) => itemOf(kind, one));
          return items.length === 0 ? (
            <NoMatch
              isRanged={false}
              onClear={isFiltered ? () => change({ search: "", archived: "false" }) : undefined}
            />
          ) : (
            <DataTable caption="Catalog" columns={columns} rows={items} rowKey={(item) => item.id} />
          );
        }}
      </Loaded>
      {(open === NEW ? mayWrite : open !== "") && (
        <OpenedItem key={open} kind={kind} id={open === NEW ? null : open} onClose={() => change({ open: "" })} />
      )}
    </>
  );
}

function columnsOf(kind: Kind, mayWrite: boolean): readonly Column<Item>[] {
  return [
    {
      head: "Mnemonic",
      cell: (item) => (
        <OpenLink id={item.id}>
          <CatalogBadge
            mnemonic={item.mnemonic}
            icon={item.icon}
            background={item.bgColorHex}
            colour={item.fontColorHex}
          />
        </OpenLink>
      ),
    },
    { head: "Title", cell: (item) => item.title },
    { head: "Description", cell: (item) => item.description ?? "" },
    { head: "State", cell: stateOf },
    { head: "Changed", isTime: true, cell: (item) => <Time at={item.modifiedDate} /> },
    ...(mayWrite
      ? [{ head: "Change", cell: (item: Item) => mayChange(item) && <Archive kind={kind} item={item} /> }]
      : []),
  ];
}

function stateOf({ isSystem, archivedDate }: Item): string {
  if (archivedDate !== null) return "archived";
  return isSystem ? "system" : "in use";
}

function Archive({ kind, item }: { readonly kind: Kind; readonly item: Item }) {
  return (
    <ConfirmButton
      verb="Archive"
      thing={`the ${kind.noun} ${item.mnemonic}`}
      send={() => api.DELETE(kind.one, { params: { path: { itemId: item.id } } })}
      reads={[kind.list, kind.one]}
    >
      Recorded interactions still show it. New ones with it are refused, its mnemonic stays taken, and it cannot be
      taken up again.
    </ConfirmButton>
  );
}
