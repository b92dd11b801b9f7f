/** Alert rules, those first that fire, and the rule that is opened beside them. */

import { Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { useGet } from "../../api/queries";
import type { ShownState } from "../../lib/alerts/rule";
import { byUrgency } from "../../lib/alerts/states";
import { formatNumber } from "../../lib/numbers";
import { Beside } from "../record/RecordPanel";
import { useOpened } from "../record/useOpened";
import { Loaded } from "../states/Loaded";
import { NoMatch, NothingYet } from "../states/Nothing";
import { PagedTable } from "../table/PagedTable";
import { columnsOf } from "./columns";
import { NEW_RULE } from "./NewRule";
import { OpenedRule } from "./OpenedRule";
import { MOST, type Rule } from "./types";

interface RuleListProps {
  /** What the list is called. */
  readonly caption: string;
  /** Show the rules of this critical interaction alone, on its own page. */
  readonly ownerName?: string;
  readonly state?: ShownState;
  readonly interactionName?: string;
  /** Counted from 1. */
  readonly page?: number;
  readonly onPage?: (page: number) => void;
  /** Take the filters away; absent where none is set. */
  readonly onClear?: () => void;
}

export function RuleList(props: RuleListProps) {
  const { caption, ownerName, state, page = 1, onPage = () => undefined, onClear } = props;
  const interactionName = ownerName ?? props.interactionName;
  const opened = useOpened();
  const columns = useMemo(() => columnsOf(opened, ownerName !== undefined), [opened, ownerName]);
  const rules = useGet("/v1/alert-rules", {
    params: { query: { page: page - 1, size: MOST, state, interactionName } },
  });
  const isOpen = opened.id !== "" && opened.id !== NEW_RULE;
  return (
    <Beside record={isOpen ? <OpenedRule opened={opened} /> : null}>
      <Loaded query={rules} what="the alert rules" height={400}>
        {({ data: { alertRules, totalAlertRules } }) =>
          totalAlertRules === 0 ? (
            <Nothing onClear={onClear} />
          ) : (
            <Stack gap="xs">
              <Text size="sm">{orderOf(totalAlertRules)}</Text>
              <PagedTable<Rule>
                caption={caption}
                columns={columns}
                rows={byUrgency(alertRules)}
                rowKey={({ id }) => id}
                total={totalAlertRules}
                isCurrent={({ id }) => id === opened.id}
                onPick={({ id }) => opened.open(id)}
                page={page}
                pageSize={MOST}
                onPage={onPage}
              />
            </Stack>
          )
        }
      </Loaded>
    </Beside>
  );
}

function orderOf(total: number): string {
  return total <= MOST
    ? "Those that fire stand first, the gravest on top, then those whose incident is open though the data ended."
    : `By name, ${formatNumber(MOST)} a page, on each page those first that fire. The filter by state finds all of them.`;
}

function Nothing({ onClear }: { readonly onClear: (() => void) | undefined }) {
  if (onClear !== undefined) return <NoMatch onClear={onClear} isRanged={false} />;
  return (
    <NothingYet sentence="An alert rule watches a figure of a critical interaction, and tells webhooks when it goes too far." />
  );
}
