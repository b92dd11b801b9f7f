/** The badge of an action, a resource type or an origin, in the catalog's colours where these can be read. */

import { Badge } from "@mantine/core";
import { legibilityOf } from "../lib/colour";

interface CatalogBadgeProps {
  readonly mnemonic: string;
  readonly icon?: string | null;
  readonly background?: string | null;
  readonly colour?: string | null;
}

export function CatalogBadge({ mnemonic, icon, background, colour }: CatalogBadgeProps) {
  const shown = background ? legibilityOf(background, colour ?? "#ffffff")?.shown : undefined;
  const look = shown === undefined ? {} : { bg: background ?? undefined, c: shown };
  return (
    <Badge
      className="badge"
      radius="sm"
      variant={shown === undefined ? "default" : "filled"}
      leftSection={icon ? <span aria-hidden="true">{icon}</span> : undefined}
      {...look}
    >
      {mnemonic}
    </Badge>
  );
}
