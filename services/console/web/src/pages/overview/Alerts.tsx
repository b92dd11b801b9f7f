/** The alert rules that fire now, whatever the range. */

import { Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { useGet } from "../../api/queries";
import { PageLink } from "../../components/PageLink";
import { Section } from "../../components/Section";
import { Loaded } from "../../components/states/Loaded";
import { Time } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { standingOf } from "../../lib/alerts/condition";

type Rule = Schemas["AlertRuleOut"];

const COLUMNS: readonly Column<Rule>[] = [
  {
    head: "Alert",
    cell: ({ id, name }) => (
      <PageLink to={paths.alerts} search={{ open: id }} className="break">
        {name}
      </PageLink>
    ),
  },
  { head: "Severity", cell: ({ severity }) => severity },
  { head: "Critical interaction", cell: ({ interactionName }) => interactionName },
  { head: "Value", cell: standingOf },
  { head: "Since", isTime: true, cell: ({ since }) => <Time at={since} ago /> },
];
const MOST = 20;

export function Alerts() {
  const rules = useGet("/v1/alert-rules", { params: { query: { state: "FIRING", page: 0, size: MOST } } });
  return (
    <Section title="Firing alerts">
      <Loaded query={rules} what="the alerts" height={24}>
        {({ data: { alertRules, totalAlertRules } }) =>
          alertRules.length === 0 ? (
            <Text>No alert fires.</Text>
          ) : (
            <DataTable
              caption="Firing alerts"
              columns={COLUMNS}
              rows={alertRules}
              rowKey={({ id }) => id}
              total={totalAlertRules}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
