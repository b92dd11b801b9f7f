/** The three kinds of the catalog's items; they differ by their paths and the names of their ids. */

import type { Schemas } from "../../api/client";

type Shared = Omit<Schemas["ActionOut"], "actionId">;

/** An item of any kind. */
export interface Item extends Shared {
  readonly id: string;
}

export interface Kind {
  readonly name: "resource-types" | "actions" | "origins";
  /** The text of its tab. */
  readonly title: string;
  readonly noun: string;
  // The paths of all kinds take and give the same but for the id's name, so one of them stands for all.
  readonly list: "/api/actions";
  readonly one: "/api/actions/{itemId}";
  readonly idField: string;
}

function kind(name: Kind["name"], title: string, noun: string, idField: string): Kind {
  const path = `/api/${name}`;
  return { name, title, noun, list: path as Kind["list"], one: `${path}/{itemId}` as Kind["one"], idField };
}

export const KINDS: readonly Kind[] = [
  kind("resource-types", "Resource types", "resource type", "resourceTypeId"),
  kind("actions", "Actions", "action", "actionId"),
  kind("origins", "Origins", "origin", "originId"),
];

/** Return an item as the API gives it, by a name for its id that all kinds share. */
export function itemOf({ idField }: Kind, answer: Schemas["ActionOut"]): Item {
  return { ...answer, id: String((answer as unknown as Record<string, unknown>)[idField]) };
}

/** Return whether an item can change at all: what belongs to the system and what is archived stays as it is. */
export function mayChange({ isSystem, archivedDate }: Item): boolean {
  return !isSystem && archivedDate === null;
}
