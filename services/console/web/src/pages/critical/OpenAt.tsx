/** The link of a row that opens its thing beside the list. */

import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";
import { onPlainClick } from "../../components/PageLink";
import type { Opened } from "../../components/record/useOpened";
import { formatSearch, withChanges } from "../../lib/address/search";
import { useSearchText } from "../../state/address";

interface OpenAtProps {
  readonly opened: Opened;
  readonly id: string;
  readonly children: ReactNode;
}

export function OpenAt({ opened, id, children }: OpenAtProps) {
  const [search] = useSearchText();
  return (
    <Anchor
      inherit
      href={formatSearch(withChanges(search, { open: id }))}
      onClick={onPlainClick(() => opened.open(id))}
    >
      {children}
    </Anchor>
  );
}
