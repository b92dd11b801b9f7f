/** What may be done with an alert rule: see its figure, snooze it, and, unless it is an objective's, change it. */

import { Button, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { api } from "../../api/client";
import { paths } from "../../lib/address/paths";
import { useMay } from "../../state/me";
import { ConfirmButton } from "../form/ConfirmButton";
import { PageLink, useLink } from "../PageLink";
import { useFigureLink } from "./figure";
import { RuleForm } from "./RuleForm";
import { SnoozeRule } from "./SnoozeRule";
import { RULE_READS, type Rule } from "./types";

interface RuleActionsProps {
  readonly rule: Rule;
  readonly onDeleted: () => void;
}

export function RuleActions({ rule, onDeleted }: RuleActionsProps) {
  const mayWrite = useMay("editor");
  const figure = useLink(useFigureLink(rule)(rule.incidentStartedAt ?? rule.since));
  return (
    <>
      <Group gap="xs">
        <Button component="a" size="compact-sm" {...figure}>
          Open figure
        </Button>
        {mayWrite && <SnoozeRule rule={rule} />}
        {mayWrite && rule.kind === "metric" && <Changes rule={rule} onDeleted={onDeleted} />}
      </Group>
      {rule.kind === "burnRate" && (
        <Text size="sm">
          This rule belongs to an objective and is changed with it:{" "}
          <PageLink to={paths.criticalInteraction(rule.interactionName)} search={{ tab: "slo" }} underline="always">
            objectives of {rule.interactionName}
          </PageLink>
          .
        </Text>
      )}
    </>
  );
}

function Changes({ rule, onDeleted }: RuleActionsProps) {
  const [isEditing, { open, close }] = useDisclosure(false);
  const params = { path: { id: rule.id }, header: { "If-Match": `"${rule.version}"` } };
  const thing = `the alert rule ${rule.name}`;
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open} aria-haspopup="dialog">
        Edit
      </Button>
      <ConfirmButton
        verb={rule.enabled ? "Disable" : "Enable"}
        thing={thing}
        isDestructive={rule.enabled}
        send={() => api.PATCH("/v1/alert-rules/{id}", { params, body: { enabled: !rule.enabled } })}
        reads={RULE_READS}
      >
        {rule.enabled
          ? "It is not evaluated until somebody enables it, and its open incident is resolved."
          : "It is evaluated again, and fires as soon as its condition is met."}
      </ConfirmButton>
      <ConfirmButton
        verb="Delete"
        thing={thing}
        send={() => api.DELETE("/v1/alert-rules/{id}", { params })}
        reads={["/v1/alert-rules"]}
        onDone={onDeleted}
      >
        Its open incident is resolved, and its history goes with it.
      </ConfirmButton>
      {isEditing && <RuleForm rule={rule} onClose={close} />}
    </>
  );
}
