/** The mnemonics of the catalog, as suggestions for filters. */

import { useGet } from "../../api/queries";

export interface Mnemonics {
  readonly resourceType: readonly string[];
  readonly action: readonly string[];
  readonly origin: readonly string[];
}

export function useMnemonics(): Mnemonics {
  const types = useGet("/api/resource-types", {});
  const actions = useGet("/api/actions", {});
  const origins = useGet("/api/origins", {});
  return {
    resourceType: mnemonicsOf(types.data),
    action: mnemonicsOf(actions.data),
    origin: mnemonicsOf(origins.data),
  };
}

function mnemonicsOf(items: unknown): readonly string[] {
  return Array.isArray(items) ? items.map((item: { readonly mnemonic: string }) => item.mnemonic) : [];
}
