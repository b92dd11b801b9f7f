/** The entries of a resource's history, of both kinds. */

import type { Event } from "../../components/record/EventRecord";
import type { Interaction } from "../../components/record/InteractionBadges";
import { happenedMs } from "../../components/record/InteractionRecord";
import type { Part } from "../../lib/history/merge";

interface Common {
  readonly id: string;
  readonly atMs: number;
  /** The JSON of the record, and that of the one before of the same kind. */
  readonly content: unknown;
  readonly before: Before;
}

/** The content of the one before; `first` when there is none, `unread` when it was not read yet. */
export type Before = { readonly content: unknown } | "first" | "unread";

export type Entry =
  | (Common & { readonly kind: "interaction"; readonly record: Interaction })
  | (Common & { readonly kind: "event"; readonly record: Event });

/** Return interactions, the newest first, as entries. */
export function ofInteractions({ items, hasMore }: Part<Interaction>): Part<Entry> {
  return {
    hasMore,
    items: items.map((record, index) => ({
      kind: "interaction",
      id: record.interactionId,
      record,
      atMs: happenedMs(record),
      content: record.interaction,
      before: beforeOf(items[index + 1]?.interaction, index + 1 < items.length, hasMore),
    })),
  };
}

/** Return events, the newest first, as entries. */
export function ofEvents({ items, hasMore }: Part<Event>): Part<Entry> {
  return {
    hasMore,
    items: items.map((record, index) => ({
      kind: "event",
      id: record.id,
      record,
      atMs: Date.parse(record.occurredAt),
      content: record.payload,
      before: beforeOf(items[index + 1]?.payload, index + 1 < items.length, hasMore),
    })),
  };
}

function beforeOf(content: unknown, isRead: boolean, hasMore: boolean): Before {
  if (isRead) return { content };
  return hasMore ? "unread" : "first";
}
