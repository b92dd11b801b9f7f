/** The badge of an action, a resource type or an origin, in the catalog's colours where these can be read. */

import { Badge } from "@mantine/core";
import { readableOn } from "../lib/colour";

interface CatalogBadgeProps {
  readonly mnemonic: string;
  readonly icon?: string | null;
  readonly background?: string | null;
  readonly colour?: string | null;
}

export function CatalogBadge({ mnemonic, icon, background, colour }: CatalogBadgeProps) {
  const look = background ? { bg: background, c: readableOn(background, colour ?? "#ffffff") } : {};
  return (
    <Badge
      className="badge"
      radius="sm"
      variant={background ? "filled" : "default"}
      leftSection={icon ? <span aria-hidden="true">{icon}</span> : undefined}
      {...look}
    >
      {mnemonic}
    </Badge>
  );
}
