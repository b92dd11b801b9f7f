/** Some results that a preview found, each with the way to its traces. */

import { Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { PageLink } from "../../components/PageLink";
import { Duration, Time } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { CAUSE_WORDS, traceSearch } from "../../lib/critical/results";
import { shortened } from "../../lib/words";

type Result = Schemas["ResultOut"];

const COLUMNS: readonly Column<Result>[] = [
  { head: "Trace", cell: (result) => <Traces of={result} /> },
  { head: "Ended", isTime: true, cell: ({ endedAt }) => <Time at={endedAt} /> },
  { head: "Outcome", cell: outcomeOf },
  { head: "Category", cell: ({ category }) => category ?? "" },
  { head: "Took", align: "right", cell: ({ durationMs }) => durationMs !== null && <Duration ms={durationMs} /> },
  { head: "Key", cell: ({ key }) => <span className="break">{key}</span> },
];

export function Examples({ results }: { readonly results: readonly Result[] }) {
  return (
    <>
      <Text size="sm" fw={500}>
        Examples, the latest first
      </Text>
      <DataTable caption="Examples" columns={COLUMNS} rows={results} rowKey={({ id }) => id} />
    </>
  );
}

function Traces({ of }: { readonly of: Result }) {
  const { uowIds } = of;
  if (uowIds.length === 0) return "no trace";
  return uowIds.map((uowId) => (
    <PageLink
      key={uowId}
      to={paths.trace(uowId)}
      search={traceSearch(of, uowId)}
      className="nowrap"
      title={uowId}
      mr="xs"
    >
      {shortened(uowId)}
    </PageLink>
  ));
}

function outcomeOf({ outcome, cause, expected }: Result): string {
  const why = cause === null ? "" : `: ${CAUSE_WORDS[cause]}`;
  const lacking = outcome === "errored" && expected !== null ? `, ${expected.name} expected` : "";
  return `${outcome}${why}${lacking}`;
}
