/** The columns of a list of alert rules. */

import { Box } from "@mantine/core";
import { paths } from "../../lib/address/paths";
import { againstThreshold, METRIC_WORDS } from "../../lib/alerts/condition";
import { lookOf } from "../../lib/alerts/states";
import { OpenLink } from "../OpenLink";
import { PageLink } from "../PageLink";
import { Time } from "../Time";
import type { Column } from "../table/DataTable";
import { LookBadge } from "./LookBadge";
import type { Rule } from "./types";

const NAME: Column<Rule> = {
  head: "Alert rule",
  cell: ({ id, name }) => (
    <Box miw={150} className="break">
      <OpenLink id={id}>{name}</OpenLink>
    </Box>
  ),
};
const INTERACTION: Column<Rule> = {
  head: "Critical interaction",
  cell: ({ interactionName }) => (
    <Box miw={110} className="break">
      <PageLink to={paths.criticalInteraction(interactionName)} search={{ tab: "alerts" }}>
        {interactionName}
      </PageLink>
    </Box>
  ),
};
const STANDING: readonly Column<Rule>[] = [
  { head: "State", cell: (rule) => <LookBadge look={lookOf(rule)} /> },
  {
    head: "Value",
    cell: (rule) => (
      <>
        {METRIC_WORDS[rule.metric]} <span className="nowrap">{againstThreshold(rule)}</span>
      </>
    ),
  },
  { head: "Severity", cell: ({ severity }) => severity },
];
const TIMES: readonly Column<Rule>[] = [
  { head: "Since", isTime: true, cell: ({ since }) => <Time at={since} ago /> },
  {
    head: "Last evaluated",
    isTime: true,
    isExtra: true,
    cell: ({ lastEvaluatedAt }) => (lastEvaluatedAt === null ? "never" : <Time at={lastEvaluatedAt} ago />),
  },
];

/** Of the rules of all critical interactions. */
export const COLUMNS = [NAME, ...STANDING, INTERACTION, ...TIMES];
/** Of the rules of one critical interaction. */
export const OWN_COLUMNS = [NAME, ...STANDING, ...TIMES];
