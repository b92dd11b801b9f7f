/** The state of an alert rule: in words, with a sign, in colour. */

import { Badge } from "@mantine/core";
import { lookOf } from "../../lib/alerts/states";
import type { Rule } from "./types";

export function StateBadge({ of }: { readonly of: Pick<Rule, "enabled" | "state"> }) {
  const { words, sign, colour } = lookOf(of);
  return (
    <Badge
      className="badge"
      radius="sm"
      variant="light"
      color={colour}
      leftSection={<span aria-hidden="true">{sign}</span>}
    >
      {words}
    </Badge>
  );
}
