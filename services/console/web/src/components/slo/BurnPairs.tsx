/** The pairs of windows of an objective, each in a word, with its rates and its alert. */

import { Badge } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { useGet } from "../../api/queries";
import { paths } from "../../lib/address/paths";
import { MEANINGS, type PairWord, rateText, wordOf } from "../../lib/slo/windows";
import { formatDuration } from "../../lib/time/zone";
import { PageLink } from "../PageLink";
import { Time } from "../Time";
import { type Column, DataTable } from "../table/DataTable";

type BurnRule = Schemas["BurnRuleStatusOut"];
type AlertRule = Schemas["AlertRuleOut"];

interface Row {
  readonly rule: BurnRule;
  /** The alert rule of the pair; undefined until it is read. */
  readonly alert: AlertRule | undefined;
}

interface BurnPairsProps {
  readonly slo: Schemas["SloOut"];
  readonly rules: readonly BurnRule[];
}

const MINUTE_MS = 60_000;
const MOST = 8;
const COLOURS: Readonly<Record<PairWord, string>> = {
  critical: "red",
  rising: "yellow",
  recovering: "yellow",
  fine: "green",
};
const COLUMNS: readonly Column<Row>[] = [
  { head: "Windows", cell: (row) => <Windows {...row} /> },
  { head: "State", cell: ({ rule }) => <Word of={wordOf(rule)} /> },
  { head: "Long", align: "right", cell: ({ rule }) => <span className="numbers">{rateText(rule.longRate)}</span> },
  { head: "Short", align: "right", cell: ({ rule }) => <span className="numbers">{rateText(rule.shortRate)}</span> },
  { head: "Alerts over", align: "right", cell: ({ rule }) => <span className="numbers">{rateText(rule.factor)}</span> },
  { head: "Severity", cell: ({ rule }) => rule.severity },
  { head: "Alert", cell: (row) => <Alert {...row} /> },
];

export function BurnPairs({ slo, rules }: BurnPairsProps) {
  const alerts = useGet("/v1/alert-rules", { params: { query: { sloId: slo.id, page: 0, size: MOST } } });
  const rows = rules.map((rule) => ({
    rule,
    alert: alerts.data?.data.alertRules.find((alert) => isOf(rule, alert)),
  }));
  return (
    <DataTable
      caption={`Burn rules of ${slo.name}`}
      columns={COLUMNS}
      rows={rows}
      rowKey={({ rule }) => `${windowsOf(rule)} ${rule.factor} ${rule.severity} ${rule.forSeconds}`}
    />
  );
}

/** Return whether an alert rule is that of a burn rule; no two of one objective are the same. */
function isOf(rule: BurnRule, alert: AlertRule): boolean {
  const isPair = alert.windowMinutes === rule.longMinutes && alert.shortMinutes === rule.shortMinutes;
  const isSame = alert.severity === rule.severity && alert.forSeconds === rule.forSeconds;
  return isPair && isSame && alert.threshold === rule.factor;
}

function windowsOf({ longMinutes, shortMinutes }: BurnRule): string {
  return `${formatDuration(longMinutes * MINUTE_MS)} and ${formatDuration(shortMinutes * MINUTE_MS)}`;
}

function Windows({ rule, alert }: Row) {
  const words = windowsOf(rule);
  if (alert === undefined) return words;
  return (
    <PageLink to={paths.alerts} search={{ open: alert.id }}>
      {words}
    </PageLink>
  );
}

function Word({ of: word }: { readonly of: PairWord }) {
  return (
    <>
      <Badge className="badge" color={COLOURS[word]} variant="light">
        {word}
      </Badge>
      <span className="dimmed small"> {MEANINGS[word]}</span>
    </>
  );
}

const ALERT_WORDS: Readonly<Record<BurnRule["state"], string>> = {
  NO_DATA: "no data",
  OK: "ok",
  PENDING: "pending",
  FIRING: "firing",
  SNOOZED: "snoozed",
};

function Alert({ rule, alert }: Row) {
  return (
    <>
      {ALERT_WORDS[rule.state]}
      {typeof alert?.snoozedUntil === "number" && (
        <span className="dimmed">
          {" "}
          until <Time at={alert.snoozedUntil} zoned />
        </span>
      )}
      {rule.state === "FIRING" && alert !== undefined && (
        <span className="dimmed">
          {" "}
          since <Time at={alert.since} zoned />
        </span>
      )}
    </>
  );
}
