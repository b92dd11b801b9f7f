/** How the state of an alert rule changed, the newest first; each change leads to the figure around it. */

import { Stack, Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { formatValue } from "../../lib/alerts/condition";
import { reasonInWords, STATES } from "../../lib/alerts/states";
import { shortened } from "../../lib/words";
import { useCursorPages } from "../../state/cursorPages";
import { LoadMore } from "../LoadMore";
import { PageLink } from "../PageLink";
import { Failed } from "../states/Failed";
import { Waiting } from "../states/Loaded";
import { Time } from "../Time";
import { type Column, DataTable } from "../table/DataTable";
import { type LinkTo, useFigureLink } from "./figure";
import type { Rule } from "./types";

type Entry = Schemas["HistoryEntryOut"];

const PATH = "/v1/alert-rules/{id}/history";
const PAGE_SIZE = 20;

export function History({ rule }: { readonly rule: Rule }) {
  const { id } = rule;
  const history = useCursorPages(PATH, {
    key: [id],
    init: (cursor) => ({ params: { path: { id }, query: { limit: PAGE_SIZE, cursor } } }),
    partOf: ({ data }) => ({ items: data.history, next: data.nextCursor }),
  });
  const columns = columnsOf(rule, useFigureLink(rule));
  const failed = history.problem !== null && (
    <Failed what="the history" problem={history.problem} retry={history.retry} />
  );
  if (history.items === undefined) return failed || <Waiting height={120} />;
  if (history.items.length === 0) return <Text size="sm">Its state has not changed yet.</Text>;
  return (
    <Stack gap="xs">
      <DataTable caption="History" columns={columns} rows={history.items} rowKey={({ at, to }) => `${at} ${to}`} />
      {failed}
      <LoadMore hasMore={history.hasMore} isReading={history.isReadingMore} onMore={history.readMore} />
    </Stack>
  );
}

function columnsOf(rule: Rule, figureLink: (aroundMs: number) => LinkTo): readonly Column<Entry>[] {
  return [
    {
      head: "At",
      isTime: true,
      cell: ({ at }) => (
        <PageLink {...figureLink(at)}>
          <Time at={at} />
        </PageLink>
      ),
    },
    { head: "Change", cell: (entry) => `${STATES[entry.from].words} → ${STATES[entry.to].words}` },
    {
      head: "Value",
      cell: ({ value, reason }) => (value === null ? reasonInWords(reason) : valueAndReason(rule, value, reason)),
    },
    {
      head: "Incident",
      cell: ({ incidentId }) => incidentId !== null && <code title={incidentId}>{shortened(incidentId)}</code>,
    },
  ];
}

function valueAndReason(rule: Rule, value: number, reason: string | null): string {
  return [formatValue(rule, value), reasonInWords(reason)].filter(Boolean).join(", ");
}
