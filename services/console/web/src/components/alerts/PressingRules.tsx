/** The alert rules of a critical interaction that fire, each with its figure against the threshold; nothing where none does. */

import { Group, Stack, Text } from "@mantine/core";
import { useGet } from "../../api/queries";
import { paths } from "../../lib/address/paths";
import { standingOf } from "../../lib/alerts/condition";
import { byUrgency, isPressing, lookOf } from "../../lib/alerts/states";
import { formatNumber } from "../../lib/numbers";
import { PageLink } from "../PageLink";
import { Time } from "../Time";
import { LookBadge } from "./LookBadge";
import { MOST } from "./types";

const SHOWN = 4;

export function PressingRules({ interactionName }: { readonly interactionName: string }) {
  const query = { page: 0, size: MOST, interactionName };
  const rules = useGet("/v1/alert-rules", { params: { query } }).data?.data.alertRules ?? [];
  const pressing = byUrgency(rules.filter(isPressing));
  const to = paths.criticalInteraction(interactionName);
  if (pressing.length === 0) return null;
  return (
    <Stack component="ul" className="plain-list" gap={4} aria-label="Alerts that fire">
      {pressing.slice(0, SHOWN).map((rule) => (
        <Group component="li" key={rule.id} gap="xs" fz="sm">
          <LookBadge look={lookOf(rule)} />
          <PageLink to={to} search={{ tab: "alerts", open: rule.id }} className="break">
            {rule.name}
          </PageLink>
          <Text component="span" size="sm">
            {standingOf(rule)}, since <Time at={rule.incidentStartedAt ?? rule.since} ago zoned />
          </Text>
        </Group>
      ))}
      {pressing.length > SHOWN && (
        <li>
          <PageLink to={to} search={{ tab: "alerts" }} fz="sm">
            and {formatNumber(pressing.length - SHOWN)} more
          </PageLink>
        </li>
      )}
    </Stack>
  );
}
