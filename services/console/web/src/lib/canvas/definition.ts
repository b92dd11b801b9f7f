/**
 * A workflow's definition as the API has it. It is all that the canvas edits: what is drawn is worked out from it, and a
 * change makes a new one, so that undoing is to show the one before.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What a predecessor may have ended as, for a task to run after it. */
export const LINK_STATUSES = ["completed", "failed", "skipped"] as const;
export type LinkStatus = (typeof LINK_STATUSES)[number];

export interface Position {
  readonly x: number;
  readonly y: number;
}

export interface Retry {
  readonly maxAttempts?: number;
  readonly initialMs?: number;
  readonly factor?: number;
  readonly maxMs?: number;
}

export interface TaskDefinition {
  readonly type: string;
  /** The values of its fields: literals, blanks, references, texts, JSON. */
  readonly body?: { readonly [field: string]: Json };
  /** The links into it: each predecessor with the statuses that let it run, any of them. */
  readonly executeAfter?: { readonly [task: string]: readonly LinkStatus[] };
  readonly integration?: string | null;
  readonly timeoutMs?: number | null;
  readonly retry?: Retry | null;
  readonly effect?: "at-least-once" | "at-most-once";
  readonly position?: Position;
}

export interface Definition {
  readonly name: string;
  readonly description?: string | null;
  readonly access?: "viewer" | "editor";
  readonly timeoutMs?: number | null;
  readonly maxSessions?: number | null;
  readonly tasks: { readonly [name: string]: TaskDefinition };
  readonly output?: Json;
}

/** A link, from a task to one that runs after it. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly statuses: readonly LinkStatus[];
}

/** Return the links of a definition, by the task that they lead to. */
export function linksOf({ tasks }: Definition): readonly Link[] {
  return Object.entries(tasks).flatMap(([to, { executeAfter = {} }]) =>
    Object.entries(executeAfter).map(([from, statuses]) => ({ from, to, statuses })),
  );
}
