/** The versions of a workflow: what changed in each, which one is run, and any of them opened. */

import { useMemo } from "react";
import { type GetData, useGet } from "../../api/queries";
import { OpenLink } from "../../components/OpenLink";
import { Loaded } from "../../components/states/Loaded";
import { Time } from "../../components/Time";
import type { Column } from "../../components/table/DataTable";
import { PagedTable } from "../../components/table/PagedTable";
import { integer } from "../../lib/address/fields";
import { formatNumber } from "../../lib/numbers";
import { shortened } from "../../lib/words";
import { useAddress } from "../../state/address";
import { useMay } from "../../state/me";
import { OpenedVersion } from "./OpenedVersion";
import { VersionActions } from "./VersionActions";

export type VersionRow = GetData<"/api/v1/workflows/{name}/versions">["data"][number];

/** `open` is the number of an opened version; none has the number 0. */
const FIELDS = { page: integer(1), open: integer(0, 0) };
const PAGE_SIZE = 50;

export function VersionsTab({ name }: { readonly name: string }) {
  const { values, change } = useAddress(FIELDS);
  const { page, open } = values;
  const mayWrite = useMay("editor");
  const list = useGet("/api/v1/workflows/{name}/versions", {
    params: { path: { name }, query: { page, limit: PAGE_SIZE } },
  });
  const columns = useMemo(() => columnsOf(name, mayWrite), [name, mayWrite]);
  return (
    <>
      <Loaded query={list} what="the versions" height={400}>
        {({ data, pagination }) => (
          <PagedTable
            caption={`Versions of ${name}`}
            columns={columns}
            rows={data}
            rowKey={({ version }) => String(version)}
            total={pagination.total}
            page={page}
            pageSize={PAGE_SIZE}
            onPage={(next) => change({ page: next })}
          />
        )}
      </Loaded>
      {open > 0 && <OpenedVersion name={name} version={open} onClose={() => change({ open: 0 })} />}
    </>
  );
}

function columnsOf(name: string, mayWrite: boolean): readonly Column<VersionRow>[] {
  const columns: readonly Column<VersionRow>[] = [
    { head: "Version", cell: ({ version }) => <OpenLink id={String(version)}>Version {version}</OpenLink> },
    { head: "Saved", isTime: true, cell: ({ createdDate }) => <Time at={createdDate} ago /> },
    { head: "By", cell: ({ createdBy }) => <code title={createdBy}>{shortened(createdBy)}</code> },
    { head: "Changed", cell: (one) => <Changed of={one} /> },
    { head: "Tasks", align: "right", cell: ({ taskCount }) => formatNumber(taskCount) },
    { head: "Active", cell: ({ active }) => (active ? "active" : "") },
  ];
  if (!mayWrite) return columns;
  return [...columns, { head: "Change", cell: (one) => <VersionActions name={name} of={one} /> }];
}

function Changed({ of: { version, changed } }: { readonly of: VersionRow }) {
  if (version === 1) return <span className="dimmed">the first version</span>;
  return changed.join(", ");
}
