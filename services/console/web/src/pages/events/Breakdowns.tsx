/** What the events of the range are made of. A click on a part filters the list by it, another one no longer. */

import { Anchor, SimpleGrid, Text } from "@mantine/core";
import type { GetData } from "../../api/queries";
import { type Column, DataTable } from "../../components/table/DataTable";
import { formatNumber, formatShare } from "../../lib/numbers";
import type { ListChanges, ListValues } from "./fields";

type Counts = GetData<"/api/v1/events/aggregate">;
type Part = Counts["byEventType"][number];

interface BreakdownsProps {
  readonly of: Counts;
  readonly values: ListValues;
  readonly change: (changes: ListChanges) => void;
}

export function Breakdowns({ of, values, change }: BreakdownsProps) {
  const choose = (name: "event_type" | "resource_type") => (key: string) =>
    change({ [name]: values[name] === key ? "" : key, page: 1 });
  return (
    <SimpleGrid cols={{ base: 1, md: 3 }}>
      <Breakdown
        by="event type"
        parts={of.byEventType}
        total={of.total}
        chosen={values.event_type}
        onChoose={choose("event_type")}
      />
      <Breakdown
        by="resource type"
        parts={of.byResourceType}
        total={of.total}
        chosen={values.resource_type}
        onChoose={choose("resource_type")}
      />
      <Breakdown by="actor type" parts={of.byActorType} total={of.total} />
    </SimpleGrid>
  );
}

interface BreakdownProps {
  readonly by: string;
  readonly parts: readonly Part[];
  readonly total: number;
  readonly chosen?: string;
  readonly onChoose?: (key: string) => void;
}

const MOST = 5;

function Breakdown({ by, parts, total, chosen, onChoose }: BreakdownProps) {
  const hidden = parts.length - MOST;
  const columns: readonly Column<Part>[] = [
    {
      head: `By ${by}`,
      cell: ({ key }) =>
        onChoose === undefined ? (
          key
        ) : (
          <Anchor
            inherit
            component="button"
            ta="left"
            className="break"
            aria-pressed={key === chosen}
            fw={key === chosen ? 700 : undefined}
            onClick={() => onChoose(key)}
          >
            {key}
          </Anchor>
        ),
    },
    { head: "Events", align: "right", cell: ({ count }) => <span className="numbers">{formatNumber(count)}</span> },
    {
      head: "Share",
      align: "right",
      cell: ({ count }) => <span className="numbers">{formatShare(total === 0 ? 0 : count / total)}</span>,
    },
  ];
  return (
    <div>
      <DataTable
        caption={`Events by ${by}`}
        columns={columns}
        rows={parts.slice(0, MOST)}
        rowKey={({ key }) => key}
        total={parts.length}
        isCurrent={({ key }) => key === chosen}
      />
      {hidden > 0 && (
        <Text size="sm" className="dimmed">
          and {formatNumber(hidden)} more
        </Text>
      )}
    </div>
  );
}
