/** A link that explains a value beside what it stands in. */

import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";
import { onPlainClick } from "../../../components/PageLink";
import { writeFields } from "../../../lib/address/fields";
import { formatSearch, withChanges } from "../../../lib/address/search";
import { useSearchText } from "../../../state/address";
import { FIELDS } from "./fields";
import type { Explained, Place } from "./useExplained";

interface ExplainLinkProps {
  readonly explained: Explained;
  readonly place: Place;
  readonly children: ReactNode;
}

export function ExplainLink({ explained, place, children }: ExplainLinkProps) {
  const [search] = useSearchText();
  const { customerId, dimensions, at } = place;
  const changes = writeFields(FIELDS, { explain: customerId, dimensions, asOf: at });
  return (
    <Anchor
      inherit
      href={formatSearch(withChanges(search, changes))}
      onClick={onPlainClick(() => explained.explain(place))}
    >
      {children}
    </Anchor>
  );
}
