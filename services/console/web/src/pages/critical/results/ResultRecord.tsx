/** One result: its fields, its steps with their records, and the units of work that it came through. */

import { Button, Group, List, Stack, Text, Title } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { type FieldItem, Fields } from "../../../components/Fields";
import { Json } from "../../../components/Json";
import { PageLink, useLink } from "../../../components/PageLink";
import { Duration, Time } from "../../../components/Time";
import { paths } from "../../../lib/address/paths";
import { CAUSE_WORDS, traceSearch } from "../../../lib/critical/results";
import { formatNumber } from "../../../lib/numbers";
import { searchAround } from "../../../lib/time/range";
import { OutcomeWord } from "./OutcomeWord";
import { Received } from "./Received";

type Result = Schemas["ResultOut"];

interface ResultRecordProps {
  readonly of: Result;
  readonly definition: Schemas["CriticalInteractionOut"];
}

export function ResultRecord({ of, definition }: ResultRecordProps) {
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        <OutcomeWord of={of.outcome} />
        {of.cause !== null && `, ${CAUSE_WORDS[of.cause]}`}
      </Title>
      {of.uowIds.length > 0 && (
        <Group gap="xs">
          {of.uowIds.map((uowId, index) => (
            <OpenTrace key={uowId} of={of} uowId={uowId} ordinal={of.uowIds.length === 1 ? "" : ` ${index + 1}`} />
          ))}
        </Group>
      )}
      <Fields items={fieldsOf(of)} />
      <Title order={3} size="h5">
        Steps
      </Title>
      <Steps of={of} />
      <Title order={3} size="h5">
        Units of work
      </Title>
      {of.uowIds.length === 0 ? (
        <Text size="sm">Its records belong to no unit of work.</Text>
      ) : (
        <List size="sm" listStyleType="none">
          {of.uowIds.map((uowId) => (
            <List.Item key={uowId} className="break">
              <PageLink to={paths.trace(uowId)} search={traceSearch(of, uowId)}>
                {uowId}
              </PageLink>
            </List.Item>
          ))}
        </List>
      )}
      {of.version !== definition.version && (
        <Text size="sm">
          Judged by{" "}
          <PageLink to={paths.criticalInteraction(of.name)} search={{ tab: "versions", open: String(of.version) }}>
            version {of.version}
          </PageLink>
          ; version {definition.version} is in force.
        </Text>
      )}
      <Json value={of} />
    </Stack>
  );
}

interface OpenTraceProps {
  readonly of: Result;
  readonly uowId: string;
  /** Tells it from the others where there are several. */
  readonly ordinal: string;
}

function OpenTrace({ of, uowId, ordinal }: OpenTraceProps) {
  const link = useLink({ to: paths.trace(uowId), search: traceSearch(of, uowId) });
  return (
    <Button component="a" size="compact-sm" {...link}>
      Open trace{ordinal}
    </Button>
  );
}

function Steps({ of }: { readonly of: Result }) {
  return (
    <ol className="chain">
      {of.steps.map(({ step, name, recordId, source, time }, index) => (
        <li key={recordId}>
          <PageLink
            to={source === "interaction" ? paths.interaction(recordId) : paths.event(recordId)}
            search={searchAround(time)}
          >
            {name}
          </PageLink>{" "}
          <span className="dimmed">step {step + 1}</span>
          <br />
          <Time at={time} millis zoned />
          {index > 0 && (
            <span className="dimmed">
              {" "}
              after <Duration ms={time - (of.steps[index - 1]?.time ?? time)} />
            </span>
          )}
        </li>
      ))}
      {of.outcome !== "completed" && (
        <li>
          {of.expected !== null && (
            <div>
              Expected: <strong>{of.expected.name}</strong> <span className="dimmed">step {of.expected.step + 1}</span>
            </div>
          )}
          <div>Received: {of.received === null ? "nothing" : <Received of={of.received} />}</div>
        </li>
      )}
    </ol>
  );
}

function fieldsOf(of: Result): readonly FieldItem[] {
  return [
    ["Began", <Time key="began" at={of.startedAt} millis zoned />],
    ["Ended", <Time key="ended" at={of.endedAt} millis ago zoned />],
    ["Duration", of.durationMs === null ? null : <Duration key="duration" ms={of.durationMs} />],
    ["Category", of.category],
    ["Score", of.score === null ? null : formatNumber(of.score)],
    ["Key", of.key],
    ["Version", of.version],
    ...Object.entries(of.dimensions).map(([name, value]): FieldItem => [name, value ?? "none"]),
    ["Result id", of.id],
  ];
}
