/** Who is logged in, and what they may do. */

import { createContext, type ReactNode, useContext } from "react";
import type { Schemas } from "../api/client";
import { noteUser } from "../api/user";

export type Me = Schemas["MeOut"];
/** The roles; each may what those before it may. */
export const ROLES = ["viewer", "editor", "admin"] as const;
export type Role = (typeof ROLES)[number];

const Context = createContext<Me | null>(null);

export function MeProvider({ me, children }: { readonly me: Me; readonly children: ReactNode }) {
  // Not in an effect: those of the children, which ask already, would come before it.
  noteUser(me.email);
  return <Context value={me}>{children}</Context>;
}

export function useMe(): Me {
  const me = useContext(Context);
  if (me === null) throw new Error("no MeProvider");
  return me;
}

/** Return whether somebody may do what a role may. */
export function mayAs(me: Me, role: Role): boolean {
  return me.roles.some((own) => ROLES.indexOf(own as Role) >= ROLES.indexOf(role));
}

/** Return whether whoever is logged in may do what a role may. */
export function useMay(role: Role): boolean {
  return mayAs(useMe(), role);
}
