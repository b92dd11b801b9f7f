/** The records of both streams as rows of one table. */

import type { Event } from "../../components/record/EventRecord";
import type { Interaction } from "../../components/record/InteractionBadges";

/** A record as it came: JSON that is read once it is shown. */
export interface Arrived {
  readonly kind: "interaction" | "event";
  readonly data: string;
}

export type LiveRow = { readonly key: number } & (
  | { readonly kind: "interaction"; readonly record: Interaction }
  | { readonly kind: "event"; readonly record: Event }
);

let last = 0;

export function readRow({ kind, data }: Arrived): LiveRow {
  last += 1;
  return { key: last, kind, record: JSON.parse(data) } as LiveRow;
}
