/** The record of a row: what the trace says of it, then the record itself. */

import { Anchor, Stack, Title } from "@mantine/core";
import { useGet } from "../../../api/queries";
import { type FieldItem, Fields } from "../../../components/Fields";
import { PageLink } from "../../../components/PageLink";
import { EventRecord } from "../../../components/record/EventRecord";
import { InteractionRecord } from "../../../components/record/InteractionRecord";
import { Loaded } from "../../../components/states/Loaded";
import { Duration, Time } from "../../../components/Time";
import { paths } from "../../../lib/address/paths";
import type { Span, Trace } from "../../../lib/tree/trace";

interface SpanRecordProps {
  readonly span: Span;
  readonly trace: Trace;
  readonly onGo: (index: number) => void;
}

export function SpanRecord({ span, trace, onGo }: SpanRecordProps) {
  const parent = trace.spans[span.parent];
  return (
    <Stack gap="sm">
      <Title order={2} size="h4" className="break">
        {span.name}
      </Title>
      <Fields
        items={[
          ...timesOf(span, trace),
          ["Status", span.node.status],
          ["Message", span.node.statusMessage],
          ...span.node.exceptions.map(
            ({ type, message }, index): FieldItem => [
              index ? `Exception ${index + 1}` : "Exception",
              [type, message].filter(Boolean).join(": "),
            ],
          ),
          ["On the critical path", span.node.onCriticalPath ? "yes" : "no"],
          [
            "Parent",
            parent && (
              <Anchor key="parent" component="button" type="button" inherit onClick={() => onGo(span.parent)}>
                {parent.name}
              </Anchor>
            ),
          ],
          ["Missing parent", span.node.missingParent],
          ["Cycle", span.node.cycle ? "a descendant is named as its parent" : null],
        ]}
      />
      {span.node.kind === "event" ? <Event id={span.node.id} /> : <Interaction id={span.node.id} />}
    </Stack>
  );
}

function timesOf(span: Span, trace: Trace): FieldItem[] {
  const gap = span.gapMs === null ? null : <Duration ms={span.gapMs} />;
  const start: FieldItem = ["Start", <Time key="start" at={span.startMs} millis zoned />];
  const offset: FieldItem = ["After the trace began", <Duration key="offset" ms={span.startMs - trace.startMs} />];
  if (span.isPoint) return [start, offset, ["After the record before", span.isParallel ? "parallel" : gap]];
  return [
    start,
    offset,
    ["Duration", <Duration key="duration" ms={span.endMs - span.startMs} />],
    ["Self time", <Duration key="self" ms={span.node.selfTimeMs} />],
  ];
}

function Event({ id }: { readonly id: string }) {
  const event = useGet("/api/v1/events/{event_id}", { params: { path: { event_id: id } } }, { fresh: true });
  return (
    <Loaded query={event} what="the event">
      {(found) => (
        <Stack gap="sm">
          <PageLink to={paths.event(id)}>Open event</PageLink>
          <EventRecord of={found} />
        </Stack>
      )}
    </Loaded>
  );
}

function Interaction({ id }: { readonly id: string }) {
  const interaction = useGet(
    "/api/interactions/{interactionId}",
    { params: { path: { interactionId: id } } },
    { fresh: true },
  );
  return (
    <Loaded query={interaction} what="the interaction">
      {(found) => (
        <Stack gap="sm">
          <PageLink to={paths.interaction(id)}>Open interaction</PageLink>
          <InteractionRecord of={found} />
        </Stack>
      )}
    </Loaded>
  );
}
