/** The badges of an interaction: of what kind the resource was, what was done, where from. */

import type { Schemas } from "../../api/client";
import { CatalogBadge } from "../CatalogBadge";

export type Interaction = Schemas["InteractionOut"];

export function ResourceTypeBadge({ of }: { readonly of: Interaction }) {
  return (
    <CatalogBadge
      mnemonic={of.resourceTypeMnemonic}
      icon={of.resourceTypeIcon}
      background={of.resourceTypeBgColorHex}
      colour={of.resourceTypeFontColorHex}
    />
  );
}

export function ActionBadge({ of }: { readonly of: Interaction }) {
  return (
    <CatalogBadge
      mnemonic={of.actionMnemonic}
      icon={of.actionIcon}
      background={of.actionBgColorHex}
      colour={of.actionFontColorHex}
    />
  );
}

export function OriginBadge({ of }: { readonly of: Interaction }) {
  return (
    <CatalogBadge
      mnemonic={of.originMnemonic}
      icon={of.originIcon}
      background={of.originBgColorHex}
      colour={of.originFontColorHex}
    />
  );
}
