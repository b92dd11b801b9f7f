/** What a metric would find: the records that it takes, the greatest values, and examples. */

import { Alert, Stack, Text } from "@mantine/core";
import { Facts } from "../../../components/Facts";
import { Failed } from "../../../components/states/Failed";
import { Time } from "../../../components/Time";
import { type Column, DataTable } from "../../../components/table/DataTable";
import { type Dimensions, dimensionWords, valueWords } from "../../../lib/metrics/words";
import { formatNumber } from "../../../lib/numbers";
import { RecordTable } from "../RecordTable";
import type { Draft } from "./draft";
import type { PreviewOut, Trial } from "./usePreview";

type Value = PreviewOut["values"][number];

interface PreviewProps {
  readonly trial: Trial;
  /** What the form has now. */
  readonly draft: Draft;
}

export function Preview({ trial, draft }: PreviewProps) {
  const { found, refused, isPending } = trial;
  const problem = refused?.problem ?? null;
  const isOld = found !== undefined && trial.of !== draft;
  const isAtFields = problem !== null && problem.status === 422 && problem.violations.length > 0;
  return (
    <Stack component="section" aria-label="Preview" aria-live="polite" aria-busy={isPending} gap="sm">
      {problem !== null && !isPending && !isAtFields && <Failed verb="preview" what="the metric" problem={problem} />}
      {isAtFields && !isPending && (
        <Alert color="red" role="alert" title="Could not preview the metric">
          {problem.violations.length > 1 ? `${problem.violations.length} fields are` : "A field is"} not as expected.
        </Alert>
      )}
      {found !== undefined && (
        <div className={isOld ? "stale" : undefined}>
          <Stack gap="sm">
            {isOld && <Text size="sm">This is what was found before the last changes.</Text>}
            <Found of={found} />
          </Stack>
        </div>
      )}
    </Stack>
  );
}

function Found({ of: found }: { readonly of: PreviewOut }) {
  const { scanned, complete, from, values, records } = found;
  return (
    <>
      <Facts
        facts={[
          ["Scanned", formatNumber(scanned)],
          ["Matched", formatNumber(found.matched)],
          ["Contributed", formatNumber(found.contributed)],
          ["Without a number", formatNumber(found.skipped.notNumeric)],
          ["Customers", formatNumber(found.customers)],
        ]}
      />
      <Text size="sm">
        {complete ? (
          "All records of the log were looked at."
        ) : (
          <>
            Only the newest records were looked at
            {from !== null && (
              <>
                , those accepted since <Time at={from} zoned />
              </>
            )}
            .
          </>
        )}
      </Text>
      {values.length > 0 && (
        <DataTable caption="Greatest values" columns={columnsOf(values)} rows={values} rowKey={keyOf} />
      )}
      {records.length > 0 && <RecordTable caption="Latest records" records={records} />}
    </>
  );
}

function columnsOf(values: readonly Value[]): readonly Column<Value>[] {
  const names = Object.keys(values[0]?.dimensions ?? {});
  return [
    { head: "Customer", cell: ({ customerId }) => customerId },
    ...names.map((name) => ({
      head: name,
      cell: ({ dimensions }: Value) => dimensionWords((dimensions as Dimensions)[name]),
    })),
    { head: "Value", align: "right", cell: ({ value }) => <span className="numbers">{valueWords(value)}</span> },
    { head: "Records", align: "right", cell: ({ recordCount }) => formatNumber(recordCount) },
  ];
}

function keyOf({ customerId, dimensions }: Value): string {
  return JSON.stringify([customerId, dimensions]);
}
