/** Who is logged in, and what they may do. */

import { createContext, type ReactNode, useContext } from "react";
import type { Schemas } from "../api/client";

export type Me = Schemas["MeOut"];
export type Role = "viewer" | "editor" | "admin";

const RANKS: Readonly<Record<Role, number>> = { viewer: 0, editor: 1, admin: 2 };
const Context = createContext<Me | null>(null);

export function MeProvider({ me, children }: { readonly me: Me; readonly children: ReactNode }) {
  return <Context value={me}>{children}</Context>;
}

export function useMe(): Me {
  const me = useContext(Context);
  if (me === null) throw new Error("no MeProvider");
  return me;
}

/** Return whether whoever is logged in may do what a role may. */
export function useMay(role: Role): boolean {
  return useMe().roles.some((own) => (RANKS[own as Role] ?? -1) >= RANKS[role]);
}
