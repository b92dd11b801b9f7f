/** The alert rules that fire now, whatever the range. */

import { Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { useGet } from "../../api/queries";
import { Section } from "../../components/Section";
import { Loaded } from "../../components/states/Loaded";
import { Time } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import { formatFigure } from "../../lib/health";

type Rule = Schemas["AlertRuleOut"];

const SIGNS: Readonly<Record<Rule["operator"], string>> = {
  GREATER_THAN: ">",
  GREATER_THAN_EQUAL: "≥",
  LESS_THAN: "<",
  LESS_THAN_EQUAL: "≤",
};
const COLUMNS: readonly Column<Rule>[] = [
  { head: "Alert", cell: ({ name }) => name },
  { head: "Severity", cell: ({ severity }) => severity },
  { head: "Critical interaction", cell: ({ interactionName }) => interactionName },
  { head: "Value", cell: comparison },
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

function comparison({ metric, value, operator, threshold }: Rule): string {
  const now = value === null ? "no data" : formatFigure(metric, value);
  return `${metric} ${now} (${SIGNS[operator]} ${formatFigure(metric, threshold)})`;
}
