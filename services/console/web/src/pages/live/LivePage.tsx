/** Interactions and events as they happen, the newest on top. */

import { Alert, Button, Group, NativeSelect, SimpleGrid, Text } from "@mantine/core";
import { useMemo, useRef, useState } from "react";
import { Filter } from "../../components/Filter";
import { Page } from "../../components/Page";
import { Failed } from "../../components/states/Failed";
import { Waiting } from "../../components/states/Loaded";
import { DataTable } from "../../components/table/DataTable";
import { queriesOf } from "../../lib/live/queries";
import { useAddress } from "../../state/address";
import type { Followed } from "../../state/stream";
import { COLUMNS } from "./columns";
import { FIELDS, TEXT_FILTERS } from "./fields";
import { type LiveTail, useTail } from "./useTail";

export default function LivePage() {
  const { values, change } = useAddress(FIELDS);
  const queries = useMemo(() => queriesOf(values), [values]);
  const tail = useTail(queries);
  const hasStream = tail.interactions.status !== null || tail.events.status !== null;
  return (
    <Page title="Live">
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} verticalSpacing="xs">
        <NativeSelect
          label="Kind"
          data={[
            { value: "all", label: "both" },
            { value: "interactions", label: "interactions" },
            { value: "events", label: "events" },
          ]}
          value={values.kind}
          onChange={(event) => change({ kind: event.currentTarget.value as typeof values.kind })}
        />
        {(Object.keys(TEXT_FILTERS) as (keyof typeof TEXT_FILTERS)[]).map((name) => (
          <Filter
            key={name}
            label={TEXT_FILTERS[name]}
            value={values[name]}
            onType={(value) => change({ [name]: value }, "typing")}
          />
        ))}
      </SimpleGrid>
      {!hasStream && (
        <Alert color="yellow" role="status">
          No record can fit all of these filters: interactions have an action, an origin and a user; events have a type
          and an actor.
        </Alert>
      )}
      <Trouble what="interactions" stream={tail.interactions} />
      <Trouble what="events" stream={tail.events} />
      {tail.hasGap && (
        <Alert color="yellow" role="status">
          Some records are missing here: what came meanwhile is not kept any more. The lists have them.
        </Alert>
      )}
      <Records tail={tail} />
    </Page>
  );
}

function Records({ tail }: { readonly tail: LiveTail }) {
  const frame = useRef<HTMLDivElement>(null);
  const [isByScrolling, setIsByScrolling] = useState(false);
  const wasReady = useRef(false);
  wasReady.current ||= [tail.interactions, tail.events].every(({ status }) => status?.is !== "opening");
  const pause = (byScrolling: boolean) => {
    setIsByScrolling(byScrolling);
    tail.pause();
  };
  const resume = () => {
    if (frame.current !== null) frame.current.scrollTop = 0;
    tail.resume();
  };
  const onScroll = (top: number) => {
    if (top > 0 && !tail.isPaused) pause(true);
    if (top <= 0 && tail.isPaused && isByScrolling) tail.resume();
  };
  return (
    <>
      <Group gap="sm">
        <Button size="compact-sm" variant="default" onClick={() => (tail.isPaused ? resume() : pause(false))}>
          {tail.isPaused ? "Resume" : "Pause"}
        </Button>
        <Button size="compact-sm" variant="default" onClick={tail.clear}>
          Clear
        </Button>
        <Text size="sm" className="numbers">
          {tail.perSecond.toFixed(1)} per second
        </Text>
        <Text size="sm" className="dimmed">
          in the order of arrival, whenever they happened
        </Text>
        {tail.isPaused && (
          <Text size="sm" className="numbers">
            paused, {tail.waiting} waiting
          </Text>
        )}
      </Group>
      {wasReady.current ? (
        <DataTable
          caption="Records"
          columns={COLUMNS}
          rows={tail.rows}
          rowKey={(row) => String(row.key)}
          scroll={{ frame, onScroll }}
        />
      ) : (
        <Waiting height={400} />
      )}
      {wasReady.current && tail.rows.length === 0 && <Text size="sm">Waiting for the next record.</Text>}
    </>
  );
}

function Trouble({ what, stream }: { readonly what: string; readonly stream: Followed }) {
  const { status, again } = stream;
  if (status?.is === "refused") return <Failed what={`the stream of ${what}`} problem={status.problem} retry={again} />;
  if (status?.is !== "waiting") return null;
  return (
    <Alert color="yellow" role="status">
      The stream of {what} is interrupted: {status.problem.detail} It is opened again by itself.
    </Alert>
  );
}
