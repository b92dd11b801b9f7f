/** The alert rules that fire now, or did when their data ended, whatever the range. */

import { Box, Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { useGet } from "../../api/queries";
import { LookBadge } from "../../components/alerts/LookBadge";
import { MOST as ALL } from "../../components/alerts/types";
import { PageLink } from "../../components/PageLink";
import { Section } from "../../components/Section";
import { Loaded } from "../../components/states/Loaded";
import { Time } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { standingOf } from "../../lib/alerts/condition";
import { byUrgency, isPressing, lookOf } from "../../lib/alerts/states";

type Rule = Schemas["AlertRuleOut"];

const COLUMNS: readonly Column<Rule>[] = [
  {
    head: "Alert",
    cell: (rule) => (
      <Box miw={150} className="break">
        <PageLink to={paths.alerts} search={{ open: rule.id }}>
          {rule.name}
        </PageLink>{" "}
        {rule.state !== "FIRING" && <LookBadge look={lookOf(rule)} />}
      </Box>
    ),
  },
  { head: "Severity", cell: ({ severity }) => severity },
  { head: "Value", cell: standingOf },
  {
    head: "Since",
    isTime: true,
    cell: ({ incidentStartedAt, since }) => <Time at={incidentStartedAt ?? since} ago />,
  },
  {
    head: "Critical interaction",
    cell: ({ interactionName }) => (
      <Box miw={110} className="break">
        {interactionName}
      </Box>
    ),
  },
];
const MOST = 20;

export function Alerts() {
  const firing = useGet("/v1/alert-rules", { params: { query: { state: "FIRING", page: 0, size: MOST } } });
  const silent = useGet("/v1/alert-rules", { params: { query: { state: "NO_DATA", page: 0, size: ALL } } });
  return (
    <Section title="Firing alerts">
      <Loaded query={firing} what="the alerts" height={24}>
        {({ data: { alertRules, totalAlertRules } }) => {
          const ended = silent.data?.data.alertRules.filter(isPressing) ?? [];
          const rows = byUrgency([...alertRules, ...ended]);
          if (rows.length === 0) return <Text>No alert fires.</Text>;
          return (
            <DataTable
              caption="Firing alerts"
              columns={COLUMNS}
              rows={rows}
              rowKey={({ id }) => id}
              total={totalAlertRules + ended.length}
            />
          );
        }}
      </Loaded>
    </Section>
  );
}
