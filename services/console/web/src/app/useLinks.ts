/** The pages that `Main` leads whoever is logged in to. */

import { mayAs, useMe } from "../state/me";
import { PAGES } from "./pages";

export interface Link {
  readonly path: string;
  readonly link: string;
}

export function useLinks(): readonly Link[] {
  const me = useMe();
  return PAGES.flatMap(({ path, link, role = "viewer" }) =>
    link !== undefined && mayAs(me, role) ? [{ path, link }] : [],
  );
}
