/** Who did what, to which resources, in one unit of work: interactions grouped by user and unit of work. */

import { Stack } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type Schemas } from "../../api/client";
import type { Problem } from "../../api/problem";
import { ConditionsAndTime } from "../../components/filters/ConditionsAndTime";
import { TextFilters } from "../../components/filters/TextFilters";
import { Page } from "../../components/Page";
import { Loaded } from "../../components/states/Loaded";
import { NoMatch } from "../../components/states/Nothing";
import { PagedTable } from "../../components/table/PagedTable";
import { type Change, useAddress } from "../../state/address";
import { type Mnemonics, useMnemonics } from "../../state/mnemonics";
import { useRange } from "../../state/range";
import { Begin } from "./Begin";
import { COLUMNS } from "./columns";
import { type ActivityValues, FIELDS, NO_FILTERS, PAGE_SIZE, questionOf, TEXT_FILTERS } from "./fields";

type Question = Schemas["ActivityIn"];
type Changing = (changes: Partial<ActivityValues>, how?: Change) => void;

export default function ActivityPage() {
  const { values, change } = useAddress(FIELDS);
  const question = questionOf(values, useRange());
  const mnemonics = useMnemonics();
  return (
    <Page title="Activity">
      <Filters values={values} change={change} mnemonics={mnemonics} />
      {question === undefined ? (
        <Begin types={mnemonics.resourceType} onChoose={(resourceType) => change({ resourceType, page: 1 })} />
      ) : (
        <Groups question={question} change={change} />
      )}
    </Page>
  );
}

interface FiltersProps {
  readonly values: ActivityValues;
  readonly change: Changing;
  readonly mnemonics: Mnemonics;
}

function Filters({ values, change, mnemonics }: FiltersProps) {
  const lacksType = values.resourceId !== "" && values.resourceType === "";
  return (
    <Stack gap="sm">
      <TextFilters
        labels={TEXT_FILTERS}
        values={values}
        suggestions={mnemonics}
        errorOf={(name) => (name === "resourceType" && lacksType ? "An id needs its type" : undefined)}
        columns={{ base: 2, md: 5 }}
        onType={(name, value) => change({ [name]: value, page: 1 }, "typing")}
      />
      <ConditionsAndTime
        jsonFilters={values.jsonFilters}
        dateField={values.dateField}
        onConditions={(jsonFilters, how) => change({ jsonFilters, page: 1 }, how)}
        onTime={(dateField) => change({ dateField, page: 1 })}
      />
    </Stack>
  );
}

function Groups({ question, change }: { readonly question: Question; readonly change: Changing }) {
  const groups = useQuery<Schemas["ActivityOut"], Problem>({
    queryKey: ["/api/activity", question],
    queryFn: async ({ signal }) => {
      const { data } = await api.POST("/api/activity", { body: question, signal });
      return data as Schemas["ActivityOut"];
    },
    placeholderData: keepPreviousData,
  });
  return (
    <Loaded query={groups} what="the activity" height={600}>
      {({ data, pagination }) =>
        pagination.total === 0 ? (
          <NoMatch onClear={() => change(NO_FILTERS)} />
        ) : (
          <PagedTable
            caption="Activity"
            columns={COLUMNS}
            rows={data}
            rowKey={(row) => JSON.stringify([row.userId, row.uowId])}
            total={pagination.total}
            page={question.page}
            pageSize={PAGE_SIZE}
            onPage={(page) => change({ page })}
          />
        )
      }
    </Loaded>
  );
}
