/** The columns of the results. */

import { Group } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { OpenLink } from "../../../components/OpenLink";
import { PageLink } from "../../../components/PageLink";
import type { Opened } from "../../../components/record/useOpened";
import { Duration, Time } from "../../../components/Time";
import type { Column } from "../../../components/table/DataTable";
import { paths } from "../../../lib/address/paths";
import { CAUSE_WORDS, traceSearch } from "../../../lib/critical/results";
import { formatNumber } from "../../../lib/numbers";
import { shortened } from "../../../lib/words";
import { OutcomeWord } from "./OutcomeWord";

type Result = Schemas["ResultOut"];

/** Return the columns; `steps` is how many steps are required now. */
export function columnsOf(opened: Opened, steps: number): readonly Column<Result>[] {
  return [
    {
      head: "Ended",
      isTime: true,
      cell: ({ id, endedAt }) => (
        <OpenLink opened={opened} id={id}>
          <Time at={endedAt} millis />
        </OpenLink>
      ),
    },
    { head: "Outcome", cell: ({ outcome }) => <OutcomeWord of={outcome} /> },
    { head: "Cause", cell: ({ cause }) => cause !== null && CAUSE_WORDS[cause] },
    { head: "Category", cell: ({ category }) => category },
    { head: "Duration", align: "right", cell: ({ durationMs }) => durationMs !== null && <Duration ms={durationMs} /> },
    { head: "Trace", cell: (result) => <Traces of={result} /> },
    { head: "Key", cell: ({ key }) => <KeyText of={key} /> },
    { head: "Score", align: "right", cell: ({ score }) => score !== null && formatNumber(score) },
    { head: "Steps", align: "right", cell: ({ stepReached }) => `${stepReached} of ${Math.max(steps, stepReached)}` },
    { head: "Version", align: "right", cell: ({ version }) => version },
  ];
}

const LONGEST_KEY = 32;

function KeyText({ of }: { readonly of: string }) {
  return (
    <span className="nowrap" title={of}>
      {shortened(of, LONGEST_KEY)}
    </span>
  );
}

function Traces({ of }: { readonly of: Result }) {
  return (
    <Group gap="xs" wrap="nowrap">
      {of.uowIds.map((uowId, index) => (
        <PageLink key={uowId} to={paths.trace(uowId)} search={traceSearch(of, uowId)} className="nowrap">
          {of.uowIds.length === 1 ? "Open trace" : `Open trace ${index + 1}`}
        </PageLink>
      ))}
    </Group>
  );
}
