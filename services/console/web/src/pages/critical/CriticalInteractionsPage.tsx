/** The critical interactions: what the range was like for each, and how its objectives stand. */

import { Button, Group, SimpleGrid, Text } from "@mantine/core";
import { useGet } from "../../api/queries";
import { Choice } from "../../components/Choice";
import { Filter } from "../../components/Filter";
import { Page } from "../../components/Page";
import { useLink } from "../../components/PageLink";
import { Loaded } from "../../components/states/Loaded";
import { NoMatch, NothingYet } from "../../components/states/Nothing";
import { PagedTable } from "../../components/table/PagedTable";
import { choice, integer, text } from "../../lib/address/fields";
import { paths } from "../../lib/address/paths";
import { defineCriticalInteraction } from "../../lib/commands";
import { OF_ROW } from "../../lib/critical/range";
import { useAddress } from "../../state/address";
import { useIsListCut } from "../../state/health";
import { useMay, useMe } from "../../state/me";
import { COLUMNS } from "./columns";

/** By the names of the API, but for the page, which counts from 1 here. */
const FIELDS = {
  interactionName: text(),
  userEmail: text(),
  status: choice("all", "RUNNING", "STOPPED"),
  page: integer(1),
};
const NO_FILTERS = { interactionName: "", userEmail: "", status: "all", page: 1 } as const;
const STATUSES = { all: "All", RUNNING: "Running", STOPPED: "Stopped" } as const;
/** Each row asks for figures of its own. */
const PAGE_SIZE = 20;

export default function CriticalInteractionsPage() {
  const { values, change } = useAddress(FIELDS);
  const { interactionName, userEmail, status, page } = values;
  const filters = {
    interactionName: interactionName || undefined,
    userEmail: userEmail || undefined,
    status: status === "all" ? undefined : status,
  };
  const isFiltered = Object.values(filters).some((one) => one !== undefined);
  const list = useGet("/v1/interactions", { params: { query: { ...filters, page: page - 1, size: PAGE_SIZE } } });
  const options = useGet("/v1/interactions/filter-options", {});
  const { email } = useMe();
  return (
    <Page title="Critical interactions" actions={useMay("editor") && <New />}>
      <Group align="flex-end" gap="md">
        <SimpleGrid cols={2} flex="1 1 20rem" maw={560}>
          <Filter
            label="Name"
            value={interactionName}
            onType={(value) => change({ interactionName: value, page: 1 }, "typing")}
          />
          <Filter
            label="Created by"
            value={userEmail}
            suggestions={options.data?.data.createdBy}
            onType={(value) => change({ userEmail: value, page: 1 }, "typing")}
          />
        </SimpleGrid>
        <Choice
          label="Status"
          value={status}
          options={STATUSES}
          onChange={(next) => change({ status: next, page: 1 })}
        />
      </Group>
      <Loaded query={list} what="the critical interactions" height={400}>
        {({ data: { interactions, totalInteractions } }) => {
          if (totalInteractions === 0 && isFiltered)
            return <NoMatch isRanged={false} onClear={() => change(NO_FILTERS)} />;
          if (totalInteractions === 0)
            return (
              <NothingYet
                sentence="A critical interaction is a flow that must work: the records it is made of, in their order, and how quick it should be. Defining one takes the token of a login."
                command={defineCriticalInteraction(window.location.origin, email ?? "you@example.com")}
              />
            );
          return (
            <>
              <CutNote />
              <PagedTable
                caption="Critical interactions"
                columns={COLUMNS}
                rows={interactions}
                rowKey={({ name }) => name}
                total={totalInteractions}
                page={page}
                pageSize={PAGE_SIZE}
                onPage={(next) => change({ page: next })}
              />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function New() {
  const link = useLink({ to: paths.newCriticalInteraction });
  return (
    <Button component="a" {...link}>
      New critical interaction
    </Button>
  );
}

/** What the figures of a list leave out where the range is long. */
function CutNote() {
  if (!useIsListCut()) return null;
  return (
    <Text size="sm" role="note" mb="xs">
      The figures are those of the last {OF_ROW.days} days of the range; the page of each has all of it.
    </Text>
  );
}
