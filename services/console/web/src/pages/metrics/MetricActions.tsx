/** What an editor may do with a metric: change it, pause and resume it, delete it. */

import { Button, List, Text } from "@mantine/core";
import { api } from "../../api/client";
import type { Problem } from "../../api/problem";
import { ConfirmButton } from "../../components/form/ConfirmButton";
import { PageLink } from "../../components/PageLink";
import { DEFINITION_READS, METRICS, type Metric, VALUE_READS } from "./api";

export function PauseOrResume({ metric }: { readonly metric: Metric }) {
  const isPaused = metric.status === "paused";
  const status = isPaused ? "active" : "paused";
  return (
    <ConfirmButton
      verb={isPaused ? "Resume" : "Pause"}
      thing={`the metric ${metric.name}`}
      isDestructive={false}
      send={() => api.PUT(METRICS, { body: { id: metric.id, status } })}
      reads={[...DEFINITION_READS, ...VALUE_READS]}
    >
      {isPaused
        ? "All its values are computed anew, with the records that came meanwhile."
        : "Its values stay as they are, also for rules that compare them. Records are counted on, so nothing is missed."}
    </ConfirmButton>
  );
}

interface DeleteMetricProps {
  readonly metric: Metric;
  readonly onDone?: () => void;
}

export function DeleteMetric({ metric, onDone }: DeleteMetricProps) {
  return (
    <ConfirmButton
      verb="Delete"
      thing={`the metric ${metric.name}`}
      send={() => api.DELETE(METRICS, { params: { query: { id: metric.id } } })}
      reads={onDone === undefined ? DEFINITION_READS : [METRICS]}
      onDone={onDone}
      explain={(problem) => <References of={problem} />}
    >
      Its values and its definition are deleted, and its name is free. The records that it counted stay.
    </ConfirmButton>
  );
}

export function EditMetric({ onEdit }: { readonly onEdit: () => void }) {
  return (
    <Button size="compact-sm" variant="default" onClick={onEdit} aria-haspopup="dialog">
      Edit
    </Button>
  );
}

interface Reference {
  readonly kind: "contact_policy" | "qualification_rule";
  readonly id: string;
  readonly name: string;
}

const TABS: Readonly<Record<Reference["kind"], string>> = {
  contact_policy: "contact-policies",
  qualification_rule: "qualification-rules",
};

/** The rules that keep a metric from being deleted, each as the way to it. */
function References({ of: problem }: { readonly of: Problem }) {
  const references = problem.members.references as readonly Reference[] | undefined;
  if (problem.code !== "METRIC_REFERENCED" || references === undefined) return null;
  return (
    <>
      <Text size="sm">Active rules that compare its values:</Text>
      <List size="sm">
        {references.map(({ kind, id, name }) => (
          <List.Item key={id}>
            <PageLink to="/metrics" search={{ tab: TABS[kind], open: id }}>
              {name}
            </PageLink>
          </List.Item>
        ))}
      </List>
    </>
  );
}
