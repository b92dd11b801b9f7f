/** A link that opens a thing beside or above its list: the address stays, but for `open`. */

import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";
import { formatSearch, withChanges } from "../lib/address/search";
import { useSearchText } from "../state/address";
import { onPlainClick } from "./PageLink";

interface OpenLinkProps {
  /** The value of `open`. */
  readonly id: string;
  readonly children: ReactNode;
}

export function OpenLink({ id, children }: OpenLinkProps) {
  const [search, change] = useSearchText();
  return (
    <Anchor
      inherit
      href={formatSearch(withChanges(search, { open: id }))}
      onClick={onPlainClick(() => change({ open: id }))}
      aria-haspopup="dialog"
    >
      {children}
    </Anchor>
  );
}
