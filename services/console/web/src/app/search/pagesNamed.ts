import { PAGES } from "../pages";
import type { Hit } from "./lookups";

/** Return the pages whose links begin a word with a text; the settings, which no link leads to, among them. */
export function pagesNamed(text: string): readonly Hit[] {
  const wanted = text.trim().toLowerCase();
  const pages = PAGES.flatMap(({ path, link }) => {
    const name = path === "/settings" ? "Settings" : link;
    return name === undefined ? [] : [{ kind: "Page", name, to: path, search: {} }];
  });
  const exact = pages.filter(({ name }) => name.toLowerCase() === wanted);
  return exact.length > 0 ? exact : pages.filter(({ name }) => ` ${name.toLowerCase()}`.includes(` ${wanted}`));
}
