/** The tenant's workflows: which may be run, in which version, and how their last sessions ended. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { useGet } from "../../api/queries";
import { Choice } from "../../components/Choice";
import { Filter } from "../../components/Filter";
import { Page } from "../../components/Page";
import { useGo } from "../../components/PageLink";
import { Loaded } from "../../components/states/Loaded";
import { NoMatch, NothingYet } from "../../components/states/Nothing";
import { PagedTable } from "../../components/table/PagedTable";
import { paths } from "../../lib/address/paths";
import { createWorkflow } from "../../lib/commands";
import { useAddress, useHref } from "../../state/address";
import { useMay } from "../../state/me";
import { COLUMNS } from "./columns";
import { FIELDS, filtersOf, NO_FILTERS } from "./fields";
import { ImportWorkflow } from "./ImportWorkflow";
import { NewWorkflow } from "./NewWorkflow";

const PAGE_SIZE = 50;
const ACTIVE = { any: "all", true: "active", false: "not active" } as const;

export default function WorkflowsPage() {
  const { values, change } = useAddress(FIELDS);
  const { page } = values;
  const filters = filtersOf(values);
  const list = useGet("/api/v1/workflows", { params: { query: { ...filters, page, limit: PAGE_SIZE } } });
  const isFiltered = Object.keys(filters).length > 0;
  const mayWrite = useMay("editor");
  const href = useHref();
  const go = useGo();
  const goTo = (name: string) => go(href(paths.workflow(name)));
  const close = () => change({ open: "none" });
  return (
    <Page title="Workflows" actions={mayWrite && <Actions onOpen={(open) => change({ open })} />}>
      <Stack gap="md">
        <Text size="sm">A workflow is a set of tasks exposed as an endpoint; one run of it is a session.</Text>
        <Group gap="md" align="flex-end">
          <Filter
            label="Search"
            value={values.search}
            onType={(search) => change({ search, page: 1 }, "typing")}
            miw={220}
          />
          <Choice
            label="Show"
            value={values.active}
            options={ACTIVE}
            onChange={(active) => change({ active, page: 1 })}
          />
        </Group>
        <Loaded query={list} what="the workflows" height={400}>
          {({ data, pagination }) =>
            pagination.total === 0 ? (
              <Nothing isFiltered={isFiltered} onClear={() => change(NO_FILTERS)} />
            ) : (
              <PagedTable
                caption="Workflows"
                columns={COLUMNS}
                rows={data}
                rowKey={(one) => one.id}
                total={pagination.total}
                page={page}
                pageSize={PAGE_SIZE}
                onPage={(next) => change({ page: next })}
              />
            )
          }
        </Loaded>
      </Stack>
      {values.open === "new" && mayWrite && <NewWorkflow onCreated={goTo} onClose={close} />}
      {values.open === "import" && mayWrite && <ImportWorkflow onImported={goTo} onClose={close} />}
    </Page>
  );
}

function Actions({ onOpen }: { readonly onOpen: (what: "new" | "import") => void }) {
  return (
    <>
      <Button onClick={() => onOpen("new")} aria-haspopup="dialog">
        New workflow
      </Button>
      <Button variant="default" onClick={() => onOpen("import")} aria-haspopup="dialog">
        Import
      </Button>
    </>
  );
}

function Nothing({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  if (isFiltered) return <NoMatch onClear={onClear} isRanged={false} />;
  return (
    <NothingYet
      sentence="Workflows stand here once somebody defines one: tasks that follow each other, run by one request."
      command={createWorkflow(window.location.origin)}
    />
  );
}
