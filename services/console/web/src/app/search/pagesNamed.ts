import type { Link } from "../useLinks";
import type { Hit } from "./lookups";

const SETTINGS: Link = { path: "/settings", link: "Settings" };

/** Return the pages whose links begin a word with a text; the settings, which no link leads to, among them. */
export function pagesNamed(text: string, links: readonly Link[]): readonly Hit[] {
  const wanted = text.trim().toLowerCase();
  const pages = [...links, SETTINGS].map(({ path, link }) => ({ kind: "Page", name: link, to: path, search: {} }));
  const exact = pages.filter(({ name }) => name.toLowerCase() === wanted);
  return exact.length > 0 ? exact : pages.filter(({ name }) => ` ${name.toLowerCase()}`.includes(` ${wanted}`));
}
