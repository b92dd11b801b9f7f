/** A rule in a dialog: a new one, one to change, or one to look at. */

import { Dialog } from "../../../components/Dialog";
import { Fields } from "../../../components/Fields";
import { Loaded } from "../../../components/states/Loaded";
import { Time } from "../../../components/Time";
import { conditionWords } from "../../../lib/metrics/words";
import { useMay } from "../../../state/me";
import type { Metric } from "../api";
import type { Metrics } from "../useMetrics";
import type { Kind, Rule } from "./kinds";
import { RuleForm } from "./RuleForm";

interface RuleDialogProps {
  readonly kind: Kind;
  /** Null for a new one. */
  readonly rule: Rule | null;
  readonly metrics: Metrics;
  readonly onClose: () => void;
}

export function RuleDialog({ kind, rule, metrics, onClose }: RuleDialogProps) {
  const mayWrite = useMay("editor");
  if (rule !== null && !mayWrite) {
    return (
      <Dialog title={rule.name} onClose={onClose} canClickAway>
        <Loaded query={metrics} what="the metrics">
          {({ data }) => <Shown rule={rule} metrics={data} />}
        </Loaded>
      </Dialog>
    );
  }
  return (
    <Dialog title={rule === null ? `New ${kind.noun}` : `Edit ${rule.name}`} size="lg" onClose={onClose}>
      <Loaded query={metrics} what="the metrics" height={400}>
        {({ data }) => <RuleForm kind={kind} rule={rule} metrics={data} onDone={onClose} />}
      </Loaded>
    </Dialog>
  );
}

interface ShownProps {
  readonly rule: Rule;
  readonly metrics: readonly Metric[];
}

function Shown({ rule, metrics }: ShownProps) {
  const metric = metrics.find(({ id }) => id === rule.config.metricId);
  return (
    <Fields
      items={[
        ["Description", rule.description],
        ["Condition", conditionWords(rule.config, metric)],
        ["Status", rule.status],
        ["Priority", rule.priority],
        ["Version", rule.version],
        ["Changed", <Time key="changed" at={rule.updatedAt} ago zoned />],
      ]}
    />
  );
}
