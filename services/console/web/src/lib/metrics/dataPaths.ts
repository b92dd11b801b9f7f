/** The paths into the data of records that were seen, as filters, sources and dimensions name them. */

export type SeenKind = "text" | "number" | "boolean";

const DEEPEST = 5;

/** Return each dotted path that leads to a text, number or boolean in some of the data, those seen most first. */
export function pathsSeen(all: readonly unknown[]): ReadonlyMap<string, SeenKind> {
  const counts = new Map<string, { count: number; readonly kind: SeenKind }>();
  const visit = (value: unknown, path: string, depth: number) => {
    const kind = kindOf(value);
    if (kind !== undefined && path !== "") {
      const seen = counts.get(path);
      if (seen === undefined) counts.set(path, { count: 1, kind });
      else seen.count += 1;
    }
    if (depth === 0 || typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name !== "" && !name.includes(".")) visit(inner, path === "" ? name : `${path}.${name}`, depth - 1);
    }
  };
  for (const data of all) visit(data, "", DEEPEST);
  const sorted = [...counts].sort(([a, one], [b, other]) => other.count - one.count || a.localeCompare(b));
  return new Map(sorted.map(([path, { kind }]) => [path, kind]));
}

function kindOf(value: unknown): SeenKind | undefined {
  if (typeof value === "string") return "text";
  return typeof value === "number" || typeof value === "boolean" ? (typeof value as SeenKind) : undefined;
}
