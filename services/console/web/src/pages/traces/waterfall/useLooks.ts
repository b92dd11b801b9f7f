/** The catalog's colours for the badges of a trace. */

import { useMemo } from "react";
import { useGet } from "../../../api/queries";
import { readableOn } from "../../../lib/colour";

export interface BadgeLook {
  readonly background: string;
  readonly colour: string;
}

export interface Looks {
  readonly action: (mnemonic: string | null) => BadgeLook | undefined;
  readonly resourceType: (mnemonic: string | null) => BadgeLook | undefined;
  readonly origin: (mnemonic: string | null) => BadgeLook | undefined;
}

interface CatalogItem {
  readonly mnemonic: string;
  readonly fontColorHex?: string | null;
  readonly bgColorHex?: string | null;
}

const EVEN_ARCHIVED = { params: { query: { archived: "all" } } } as const;

export function useLooks(): Looks {
  const actions = useGet("/api/actions", EVEN_ARCHIVED).data;
  const types = useGet("/api/resource-types", EVEN_ARCHIVED).data;
  const origins = useGet("/api/origins", EVEN_ARCHIVED).data;
  return useMemo(
    () => ({ action: looksOf(actions), resourceType: looksOf(types), origin: looksOf(origins) }),
    [actions, types, origins],
  );
}

function looksOf(items: unknown): (mnemonic: string | null) => BadgeLook | undefined {
  const looks = new Map<string, BadgeLook>();
  for (const { mnemonic, bgColorHex, fontColorHex } of Array.isArray(items) ? (items as CatalogItem[]) : []) {
    if (!bgColorHex) continue;
    looks.set(mnemonic, { background: bgColorHex, colour: readableOn(bgColorHex, fontColorHex ?? "#ffffff") });
  }
  return (mnemonic) => (mnemonic === null ? undefined : looks.get(mnemonic));
}
