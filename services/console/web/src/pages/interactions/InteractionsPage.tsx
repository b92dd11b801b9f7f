/** The list of interactions with every filter. */

import { SimpleGrid } from "@mantine/core";
import { type GetData, useGet } from "../../api/queries";
import { CatalogBadge } from "../../components/CatalogBadge";
import { Filter } from "../../components/Filter";
import { Page } from "../../components/Page";
import { PageLink } from "../../components/PageLink";
import { Loaded } from "../../components/states/Loaded";
import { NoMatch } from "../../components/states/Nothing";
import { Time } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { Paging } from "../../components/table/Paging";
import { integer, text } from "../../lib/address/fields";
import { paths } from "../../lib/address/paths";
import { useAddress } from "../../state/address";
import { useRange } from "../../state/range";

type Interaction = GetData<"/api/interactions">["data"][number];

const FIELDS = { resourceType: text(), resourceId: text(), action: text(), origin: text(), page: integer(1) };
const LABELS = {
  resourceType: "Resource type",
  resourceId: "Resource id",
  action: "Action",
  origin: "Origin",
} as const;
const NO_FILTERS = { resourceType: "", resourceId: "", action: "", origin: "", page: 1 };
const PAGE_SIZE = 50;

const COLUMNS: readonly Column<Interaction>[] = [
  {
    head: "Number",
    cell: (row) => <PageLink to={paths.interaction(row.interactionId)}>{row.interactionNumber}</PageLink>,
  },
  { head: "Accepted", isTime: true, cell: (row) => <Time at={row.createdDate} millis /> },
  {
    head: "Action",
    cell: (row) => (
      <CatalogBadge
        mnemonic={row.actionMnemonic}
        icon={row.actionIcon}
        background={row.actionBgColorHex}
        colour={row.actionFontColorHex}
      />
    ),
  },
  { head: "Resource", cell: (row) => `${row.resourceTypeMnemonic} ${row.resourceId}` },
  { head: "User", cell: (row) => row.userId ?? "" },
];

export default function InteractionsPage() {
  const { from, to } = useRange();
  const { values, change } = useAddress(FIELDS);
  const { page, ...filters } = values;
  const set = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ""));
  const list = useGet("/api/interactions", {
    params: { query: { ...set, page, pageSize: PAGE_SIZE, startDate: from, endDate: to } },
  });
  return (
    <Page title="Interactions">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        {Object.entries(LABELS).map(([name, label]) => (
          <Filter
            key={name}
            label={label}
            value={filters[name as keyof typeof LABELS]}
            onType={(value) => change({ [name]: value, page: 1 }, "typing")}
          />
        ))}
      </SimpleGrid>
      <Loaded query={list} what="the interactions" height={600}>
        {({ data, pagination }) =>
          pagination.total === 0 ? (
            <NoMatch onClear={Object.keys(set).length ? () => change(NO_FILTERS) : undefined} />
          ) : (
            <>
              <DataTable
                caption="Interactions"
                columns={COLUMNS}
                rows={data}
                rowKey={(row) => row.interactionId}
                total={pagination.total}
                before={(page - 1) * PAGE_SIZE}
              />
              <Paging
                page={page}
                pageSize={PAGE_SIZE}
                shown={data.length}
                total={pagination.total}
                onPage={(next) => change({ page: next })}
              />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
