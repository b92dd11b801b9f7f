/** The mnemonics of the catalog, as suggestions for the fields that filter by them. */

import { useGet } from "../api/queries";

export interface Mnemonics {
  readonly resourceType: readonly string[];
  readonly action: readonly string[];
  readonly origin: readonly string[];
}

export function useMnemonics(): Mnemonics {
  return {
    resourceType: mnemonicsOf(useGet("/api/resource-types", {}).data),
    action: mnemonicsOf(useGet("/api/actions", {}).data),
    origin: mnemonicsOf(useGet("/api/origins", {}).data),
  };
}

function mnemonicsOf(items: unknown): readonly string[] {
  return Array.isArray(items) ? items.map((item: { readonly mnemonic: string }) => item.mnemonic) : [];
}
