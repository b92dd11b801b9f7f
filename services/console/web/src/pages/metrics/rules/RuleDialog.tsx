/** A rule in a dialog: a new one, one to change, or one to look at. */

import { Dialog } from "../../../components/Dialog";
import { Fields } from "../../../components/Fields";
import { Time } from "../../../components/Time";
import { conditionWords } from "../../../lib/metrics/words";
import { useMay } from "../../../state/me";
import type { Metric } from "../api";
import type { Kind, Rule } from "./kinds";
import { RuleForm } from "./RuleForm";

interface RuleDialogProps {
  readonly kind: Kind;
  /** Null for a new one. */
  readonly rule: Rule | null;
  readonly metrics: readonly Metric[];
  readonly onClose: () => void;
}

export function RuleDialog({ kind, rule, metrics, onClose }: RuleDialogProps) {
  const mayWrite = useMay("editor");
  if (rule !== null && !mayWrite) return <Shown rule={rule} metrics={metrics} onClose={onClose} />;
  return (
    <Dialog title={rule === null ? `New ${kind.noun}` : `Edit ${rule.name}`} size="lg" onClose={onClose}>
      <RuleForm kind={kind} rule={rule} metrics={metrics} onDone={onClose} />
    </Dialog>
  );
}

interface ShownProps {
  readonly rule: Rule;
  readonly metrics: readonly Metric[];
  readonly onClose: () => void;
}

function Shown({ rule, metrics, onClose }: ShownProps) {
  const metric = metrics.find(({ id }) => id === rule.config.metricId);
  return (
    <Dialog title={rule.name} onClose={onClose} canClickAway>
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
    </Dialog>
  );
}
