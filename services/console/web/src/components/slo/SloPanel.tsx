/** One service level objective: its target, what is left of its error budget, and the pairs of windows. */

import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useId } from "react";
import { api, type Schemas } from "../../api/client";
import { useGet } from "../../api/queries";
import { text } from "../../lib/address/fields";
import { isBurning } from "../../lib/health";
import { formatNumber, formatShare } from "../../lib/numbers";
import { percentOf } from "../../lib/slo/draft";
import { mostUrgent } from "../../lib/slo/windows";
import { formatDuration } from "../../lib/time/zone";
import { useAddress } from "../../state/address";
import { Facts } from "../Facts";
import { ConfirmButton } from "../form/ConfirmButton";
import { Loaded } from "../states/Loaded";
import { Time } from "../Time";
import { Budget } from "./Budget";
import { BurnPairs } from "./BurnPairs";
import { GOOD_WHEN } from "./words";

type Slo = Schemas["SloOut"];
type Status = Schemas["SloStatus"];

const MINUTE_MS = 60_000;
const FIELDS = { open: text() };

interface SloPanelProps {
  readonly slo: Slo;
  readonly mayWrite: boolean;
}

export function SloPanel({ slo, mayWrite }: SloPanelProps) {
  const heading = useId();
  const status = useGet("/v1/slos/{id}/status", { params: { path: { id: slo.id } } });
  return (
    <Paper component="section" aria-labelledby={heading} withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={2} size="h4" id={heading} className="break">
              {slo.name}
            </Title>
            <Text size="sm" className="dimmed">
              {formatTarget(slo.target)} of {formatDuration(slo.windowMinutes * MINUTE_MS)}: {GOOD_WHEN[slo.goodWhen]}
            </Text>
          </div>
          {mayWrite && <Changes slo={slo} />}
        </Group>
        <Loaded query={status} what={`the status of ${slo.name}`} height={220}>
          {({ data }) => <Shown slo={slo} status={data} />}
        </Loaded>
      </Stack>
    </Paper>
  );
}

function Shown({ slo, status }: { readonly slo: Slo; readonly status: Status }) {
  return (
    <Stack gap="sm">
      <Facts
        facts={[
          ["Burns", isBurning(status) ? `${mostUrgent(status.burnRules)}, alerting` : mostUrgent(status.burnRules)],
          ["Good", status.sli === null ? "no data" : formatShare(status.sli)],
          ["Target", formatTarget(slo.target)],
          ["Good results", formatNumber(status.good)],
          ["Bad results", formatNumber(status.bad)],
          ["Bad ones allowed", formatNumber(status.allowedBad)],
        ]}
      />
      <Budget of={slo.name} status={status} />
      <BurnPairs slo={slo} rules={status.burnRules} />
      <Text size="xs" className="dimmed">
        Window from <Time at={status.from} /> to <Time at={status.to} zoned />
      </Text>
    </Stack>
  );
}

function Changes({ slo }: { readonly slo: Slo }) {
  const { change } = useAddress(FIELDS);
  return (
    <Group gap="xs">
      <Button
        size="compact-sm"
        variant="default"
        aria-haspopup="dialog"
        aria-label={`Edit ${slo.name}`}
        onClick={() => change({ open: slo.id })}
      >
        Edit
      </Button>
      <ConfirmButton
        verb="Delete"
        thing={`the SLO ${slo.name}`}
        send={() =>
          api.DELETE("/v1/slos/{id}", {
            params: { path: { id: slo.id }, header: { "If-Match": `"${slo.version}"` } },
          })
        }
        // Not those of one objective: of this one there is none any more.
        reads={["/v1/slos", "/v1/alert-rules"]}
      >
        Its burn rules are deleted with it, and an open alert of theirs is resolved.
      </ConfirmButton>
    </Group>
  );
}

/** Write a target with every nine it has. */
function formatTarget(target: number): string {
  return `${percentOf(target)}%`;
}
