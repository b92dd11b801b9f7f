/** Finds pages by their names, those that no link of `Main` leads to among them. */

import { paths } from "../../lib/address/paths";
import { type Me, mayAs } from "../../state/me";
import type { Link } from "../useLinks";
import type { Hit } from "./lookups";

const SETTINGS: Link = { path: "/settings", link: "Settings" };
const EDITOR: Link = { path: paths.newCriticalInteraction, link: "New critical interaction" };

/** Return the pages that somebody may see whose names have a word that begins with a text. */
export function pagesNamed(text: string, links: readonly Link[], me: Me): readonly Hit[] {
  const wanted = text.trim().toLowerCase();
  const all = [...links, SETTINGS, ...(mayAs(me, "editor") ? [EDITOR] : [])];
  const pages = all.map(({ path, link }) => ({ kind: "Page", name: link, to: path, search: {} }));
  const exact = pages.filter(({ name }) => name.toLowerCase() === wanted);
  return exact.length > 0 ? exact : pages.filter(({ name }) => ` ${name.toLowerCase()}`.includes(` ${wanted}`));
}
