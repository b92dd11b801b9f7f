/** The numbers that no list shows, and why. */

import { Stack, Text } from "@mantine/core";
import { type GetData, useGet } from "../../api/queries";
import { Loaded } from "../../components/states/Loaded";
import { Time } from "../../components/Time";
import type { Column } from "../../components/table/DataTable";
import { PagedTable } from "../../components/table/PagedTable";

type Gap = GetData<"/api/interactions/gaps">["data"][number];

const PAGE_SIZE = 50;

const COLUMNS: readonly Column<Gap>[] = [
  { head: "Numbers", cell: numbersOf },
  { head: "State", cell: (row) => row.state },
  { head: "Since", isTime: true, cell: (row) => (row.at === null ? "" : <Time at={row.at} millis />) },
  { head: "Reason", cell: (row) => row.reason ?? "" },
  { head: "Repeats number", cell: (row) => row.duplicateOf ?? "" },
];

interface GapsProps {
  readonly page: number;
  readonly onPage: (page: number) => void;
}

export function Gaps({ page, onPage }: GapsProps) {
  const gaps = useGet("/api/interactions/gaps", { params: { query: { page, limit: PAGE_SIZE } } });
  return (
    <Loaded query={gaps} what="the gaps">
      {({ data, pagination }) => (
        <Stack gap="sm">
          <Text size="sm">
            {pagination.total === 0
              ? "No gaps: every number up to the newest is an interaction in the list."
              : "Each number stands for one interaction; these have none in the list. Lost ones need looking after."}
          </Text>
          {pagination.total > 0 && (
            <PagedTable
              caption="Gaps"
              columns={COLUMNS}
              rows={data}
              rowKey={(row) => String(row.first)}
              total={pagination.total}
              page={page}
              pageSize={PAGE_SIZE}
              onPage={onPage}
            />
          )}
        </Stack>
      )}
    </Loaded>
  );
}

function numbersOf({ first, last }: Gap): string {
  return first === last ? String(first) : `${first}–${last}`;
}
