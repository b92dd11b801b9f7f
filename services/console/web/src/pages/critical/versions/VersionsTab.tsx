/** The versions of a critical interaction, the newest first, and the one that is opened beside them. */

import { useMemo } from "react";
import type { Schemas } from "../../../api/client";
import { useGet } from "../../../api/queries";
import { OpenLink } from "../../../components/OpenLink";
import { Beside } from "../../../components/record/RecordPanel";
import { type Opened, useOpened } from "../../../components/record/useOpened";
import { Loaded } from "../../../components/states/Loaded";
import { Time } from "../../../components/Time";
import type { Column } from "../../../components/table/DataTable";
import { PagedTable } from "../../../components/table/PagedTable";
import { integer } from "../../../lib/address/fields";
import { useAddress } from "../../../state/address";
import { StatusBadge } from "../StatusBadge";
import { OpenedVersion } from "./OpenedVersion";

type Version = Schemas["InteractionVersionOut"];

const FIELDS = { page: integer(1) };
const PAGE_SIZE = 50;

export function VersionsTab({ of: { name } }: { readonly of: Schemas["CriticalInteractionOut"] }) {
  const { values, change } = useAddress(FIELDS);
  const { page } = values;
  const opened = useOpened();
  const columns = useMemo(() => columnsOf(opened), [opened]);
  const list = useGet("/v1/interactions/{name}/versions", {
    params: { path: { name }, query: { page: page - 1, size: PAGE_SIZE } },
  });
  return (
    <Beside record={opened.id === "" ? null : <OpenedVersion name={name} opened={opened} />}>
      <Loaded query={list} what="the versions" height={300}>
        {({ data: { versions, totalVersions } }) => (
          <PagedTable
            caption="Versions"
            columns={columns}
            rows={versions}
            rowKey={({ version }) => String(version)}
            total={totalVersions}
            isCurrent={({ version }) => String(version) === opened.id}
            onPick={({ version }) => opened.open(String(version))}
            page={page}
            pageSize={PAGE_SIZE}
            onPage={(next) => change({ page: next })}
          />
        )}
      </Loaded>
    </Beside>
  );
}

function columnsOf(opened: Opened): readonly Column<Version>[] {
  return [
    {
      head: "Version",
      cell: ({ version }) => (
        <OpenLink opened={opened} id={String(version)}>
          {version}
        </OpenLink>
      ),
    },
    { head: "Changed", cell: ({ changed, version }) => (version === 1 ? "created" : changed.join(", ")) },
    { head: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
    { head: "In force from", isTime: true, cell: ({ inForceFrom }) => <Time at={inForceFrom} millis /> },
    {
      head: "In force to",
      isTime: true,
      cell: ({ inForceTo }) => (inForceTo === null ? "in force" : <Time at={inForceTo} millis />),
    },
    { head: "By", cell: ({ updatedBy }) => updatedBy },
  ];
}
