/** The query of an address as flat text, in the order in which it stands there. */

export type Search = Readonly<Record<string, string | readonly string[]>>;

export function parseSearch(text: string): Search {
  const search: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const earlier = Object.hasOwn(search, name) ? search[name] : undefined;
    if (earlier === undefined) search[name] = value;
    else search[name] = typeof earlier === "string" ? [earlier, value] : [...earlier, value];
  }
  return search;
}

/** Write a search so that `parseSearch` reads the same; empty when there is nothing in it. */
export function formatSearch(search: Search): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const one of typeof value === "string" ? [value] : value) params.append(name, one);
  }
  const text = params.toString();
  return text && `?${text}`;
}

/** Return the first value of a name; undefined when it is not there. */
export function firstOf(search: Search, name: string): string | undefined {
  const value = Object.hasOwn(search, name) ? search[name] : undefined;
  return typeof value === "string" ? value : value?.[0];
}

/** Return all values of a name, in their order. */
export function allOf(search: Search, name: string): readonly string[] {
  const value = Object.hasOwn(search, name) ? search[name] : undefined;
  return typeof value === "string" ? [value] : (value ?? []);
}

export type Changes = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Return the search with these names set anew; undefined takes a name out. */
export function withChanges(search: Search, changes: Changes): Search {
  const changed: Record<string, string | readonly string[]> = { ...search };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete changed[name];
    else changed[name] = value;
  }
  return changed;
}
