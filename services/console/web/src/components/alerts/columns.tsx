/** The columns of a list of alert rules. */

import { Box } from "@mantine/core";
import { paths } from "../../lib/address/paths";
import { againstThreshold, METRIC_WORDS } from "../../lib/alerts/condition";
import { lookOf } from "../../lib/alerts/states";
import { OpenLink } from "../OpenLink";
import { PageLink } from "../PageLink";
import type { Opened } from "../record/useOpened";
import { Time } from "../Time";
import type { Column } from "../table/DataTable";
import { LookBadge } from "./LookBadge";
import type { Rule } from "./types";

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

/** Return the columns; those of the rules of one critical interaction do not name it. */
export function columnsOf(opened: Opened, isOfOne: boolean): readonly Column<Rule>[] {
  const name: Column<Rule> = {
    head: "Alert rule",
    cell: (rule) => (
      <Box miw={150} className="break">
        <OpenLink id={rule.id} opened={opened}>
          {rule.name}
        </OpenLink>
      </Box>
    ),
  };
  return [name, ...STANDING, ...(isOfOne ? [] : [INTERACTION]), ...TIMES];
}
