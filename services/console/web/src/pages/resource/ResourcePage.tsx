/** One resource: what was done to it and what happened to it, as one history. */

import { Group, Stack, Text } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { LoadMore } from "../../components/LoadMore";
import { Page } from "../../components/Page";
import { PageLink } from "../../components/PageLink";
import { Failed } from "../../components/states/Failed";
import { Waiting } from "../../components/states/Loaded";
import { NoMatch } from "../../components/states/Nothing";
import { DataTable } from "../../components/table/DataTable";
import { formatNumber } from "../../lib/numbers";
import { COLUMNS } from "./columns";
import { type History, useHistory } from "./useHistory";

export default function ResourcePage() {
  const { type = "", id = "" } = useParams({ strict: false });
  const history = useHistory(type, id);
  const title = `${type} ${id}`;
  return (
    <Page title={title}>
      <Group gap="md">
        <PageLink to="/interactions" search={{ resourceType: type, resourceId: id, from: "all" }}>
          Its interactions
        </PageLink>
        <PageLink to="/events" search={{ resource_type: type, resource_id: id, from: "all" }}>
          Its events
        </PageLink>
        <PageLink to="/activity" search={{ resourceType: type, resourceId: id, from: "all" }}>
          Who was active on it
        </PageLink>
      </Group>
      {history.failures.map(({ what, problem, retry }) => (
        <Failed key={what} what={what} problem={problem} retry={retry} />
      ))}
      {history.isWaiting ? <Waiting height={400} /> : <Entries history={history} caption={title} />}
    </Page>
  );
}

function Entries({ history, caption }: { readonly history: History; readonly caption: string }) {
  const { entries, total, needs, isReadingMore, readMore } = history;
  if (entries.length === 0 && history.failures.length === 0) return <NoMatch isRanged={false} />;
  return (
    <Stack gap="xs">
      <Text size="sm">
        Interactions and events by the time they happened, the newest first; the time range does not bound them.
      </Text>
      <DataTable
        caption={caption}
        columns={COLUMNS}
        rows={entries}
        rowKey={(entry) => `${entry.kind} ${entry.id}`}
        total={total ?? undefined}
      />
      <Group justify="space-between">
        <Text size="sm" role="status">
          {formatNumber(entries.length)}
          {total !== null && ` of ${formatNumber(total)}`}
        </Text>
        <LoadMore hasMore={needs.some(Boolean)} isReading={isReadingMore} onMore={readMore} />
      </Group>
    </Stack>
  );
}
