/** The alert rule that is opened beside the list: how it stands, what it says, and what may be done with it. */

import { Group, Stack, Text, Title } from "@mantine/core";
import { useGet } from "../../api/queries";
import { paths } from "../../lib/address/paths";
import { conditionInWords, standingOf } from "../../lib/alerts/condition";
import { lookOf, reasonInWords, STATES } from "../../lib/alerts/states";
import { type FieldItem, Fields } from "../Fields";
import { PageLink } from "../PageLink";
import { RecordPanel } from "../record/RecordPanel";
import type { Opened } from "../record/useOpened";
import { Loaded } from "../states/Loaded";
import { Time } from "../Time";
import { History } from "./History";
import { LookBadge } from "./LookBadge";
import { RuleActions } from "./RuleActions";
import { ToldWebhooks } from "./ToldWebhooks";
import type { Rule } from "./types";

export function OpenedRule({ opened }: { readonly opened: Opened }) {
  const rule = useGet("/v1/alert-rules/{id}", { params: { path: { id: opened.id } } });
  return (
    <RecordPanel opened={opened}>
      <Loaded query={rule} what="the alert rule" height={500}>
        {({ data }) => <RuleRecord key={data.id} rule={data} onDeleted={opened.close} />}
      </Loaded>
    </RecordPanel>
  );
}

function RuleRecord({ rule, onDeleted }: { readonly rule: Rule; readonly onDeleted: () => void }) {
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <Title order={2} size="h4" className="break">
          {rule.name}
        </Title>
        <LookBadge look={lookOf(rule)} />
      </Group>
      <Text>{conditionInWords(rule)}</Text>
      <RuleActions rule={rule} onDeleted={onDeleted} />
      <Fields items={fieldsOf(rule)} />
      <Title order={3} size="h5">
        History
      </Title>
      <History rule={rule} />
    </Stack>
  );
}

function fieldsOf(rule: Rule): readonly FieldItem[] {
  const { interactionName, snoozedUntil, lastEvaluatedAt, incidentStartedAt } = rule;
  return [
    ["Value", standingOf(rule)],
    ["No data because", reasonInWords(rule.reason)],
    ["Since", <Time key="since" at={rule.since} ago zoned />],
    [
      "Snoozed until",
      rule.state !== "SNOOZED" || snoozedUntil === null ? null : <Time key="snoozed" at={snoozedUntil} ago zoned />,
    ],
    ["Underlying state", STATES[rule.underlyingState].words],
    ["Incident", rule.incidentId],
    [
      "Incident open since",
      incidentStartedAt === null ? null : <Time key="incident" at={incidentStartedAt} ago zoned />,
    ],
    ["Severity", rule.severity],
    [
      "Critical interaction",
      <PageLink key="interaction" to={paths.criticalInteraction(interactionName)}>
        {interactionName}
      </PageLink>,
    ],
    ["Tells", <ToldWebhooks key="webhooks" ids={rule.webhookIds} />],
    ["Tells when there is no data", rule.notifyNoData ? "yes" : "no"],
    ["Last evaluated", lastEvaluatedAt === null ? "never" : <Time key="evaluated" at={lastEvaluatedAt} ago zoned />],
    ["Created", <Time key="created" at={rule.createdAt} zoned />],
    ["Changed", <Time key="changed" at={rule.updatedAt} zoned />],
    ["Rule id", rule.id],
  ];
}
