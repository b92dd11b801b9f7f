/** A metric in a dialog: a new one, or one to change. */

import { Dialog } from "../../../components/Dialog";
import type { Metric } from "../api";
import { MetricForm } from "./MetricForm";

interface MetricDialogProps {
  /** Null for a new one. */
  readonly metric: Metric | null;
  readonly onDone: (saved: Metric) => void;
  readonly onClose: () => void;
}

export function MetricDialog({ metric, onDone, onClose }: MetricDialogProps) {
  return (
    <Dialog title={metric === null ? "New metric" : `Edit ${metric.name}`} size="xl" onClose={onClose}>
      <MetricForm metric={metric} onDone={onDone} onCancel={onClose} />
    </Dialog>
  );
}
