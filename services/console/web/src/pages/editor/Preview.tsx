/** What the draft would have counted in the page's range, beside the version that runs. */

import { Alert, Box, Button, Group, Stack, Text } from "@mantine/core";
import { Section } from "../../components/Section";
import { Failed } from "../../components/states/Failed";
import { Time } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { type Line, linesOf } from "../../lib/critical/comparison";
import { formatNumber } from "../../lib/numbers";
import { Examples } from "./Examples";
import type { Found, Previewed, PreviewState } from "./usePreview";

interface PreviewProps {
  readonly preview: PreviewState;
  readonly onRun: () => void;
}

const ALONE: readonly Column<Line>[] = [
  { head: "Figure", cell: ({ name }) => name },
  { head: "Would be", align: "right", cell: ({ wouldBe }) => <span className="numbers">{wouldBe}</span> },
];
const COMPARED: readonly Column<Line>[] = [
  { head: "Figure", cell: ({ name }) => name },
  {
    head: "Was → would be",
    align: "right",
    cell: ({ was, wouldBe, isChanged }) => (
      <span className="numbers">
        {was} → {isChanged ? <strong>{wouldBe}</strong> : wouldBe}
      </span>
    ),
  },
];

export function Preview({ preview, onRun }: PreviewProps) {
  const { data, error, isPending } = preview.query;
  return (
    <Section title="Preview" description="Tried on the records of the page's time range. Nothing is written.">
      <Group>
        <Button variant="default" loading={isPending} onClick={onRun}>
          Preview
        </Button>
      </Group>
      {error !== null && <NotTried preview={preview} onRun={onRun} />}
      {data !== undefined && (
        <div className={isPending ? "stale" : undefined} aria-busy={isPending}>
          <Shown previewed={data} />
        </div>
      )}
    </Section>
  );
}

function NotTried({ preview, onRun }: PreviewProps) {
  const { error } = preview.query;
  if (error?.status === 422) {
    return (
      <Alert color="red" role="alert" title="Could not preview the critical interaction">
        {error.violations.length > 1 ? `${error.violations.length} fields are` : "A field is"} not as expected:{" "}
        {error.detail}
      </Alert>
    );
  }
  return <Failed verb="preview" what="the critical interaction" problem={error} retry={onRun} />;
}

function Shown({ previewed: { wouldBe, was } }: { readonly previewed: Previewed }) {
  return (
    <Stack gap="sm">
      <Text size="sm" role="status">
        {sentenceOf(wouldBe)}
      </Text>
      {wouldBe.truncated && (
        <Alert color="yellow" title="Not the whole range">
          Only the records up to <Time at={wouldBe.scannedTo} zoned /> were tried: the range holds more than a preview
          reads. Choose a shorter one.
        </Alert>
      )}
      <Box maw={480}>
        <DataTable
          caption="Preview"
          columns={was === null ? ALONE : COMPARED}
          rows={linesOf(wouldBe, was)}
          rowKey={({ name }) => name}
        />
      </Box>
      {wouldBe.results.length > 0 && <Examples results={wouldBe.results} />}
    </Stack>
  );
}

function sentenceOf({ scanned, relevant, late }: Found): string {
  const looked = `${formatNumber(scanned)} records looked at`;
  if (relevant === 0) return `${looked}; none of them fits a step.`;
  const tooLate = late === 0 ? "" : `; ${formatNumber(late)} came too late to count`;
  return `${looked}, ${formatNumber(relevant)} of them named here${tooLate}.`;
}
