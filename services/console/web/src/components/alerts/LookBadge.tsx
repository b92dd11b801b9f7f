/** A state: in words, with a sign, in colour. */

import { Badge } from "@mantine/core";
import type { Look } from "../../lib/alerts/look";

export function LookBadge({ look: { words, sign, colour } }: { readonly look: Look }) {
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
