/** Whether a critical interaction runs. */

import { Badge } from "@mantine/core";
import type { Schemas } from "../../api/client";

export function StatusBadge({ status }: { readonly status: Schemas["CriticalInteractionOut"]["status"] }) {
  const isRunning = status === "RUNNING";
  return (
    <Badge variant="outline" color="gray" className="badge" c="var(--mantine-color-text)">
      <span aria-hidden="true">{isRunning ? "● " : "■ "}</span>
      {isRunning ? "running" : "stopped"}
    </Badge>
  );
}
