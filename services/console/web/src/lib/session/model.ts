/** A session and its tasks, as the API shows them. */

import type { SessionStatus, TaskStatus } from "./status";

export interface SessionError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** Not in a session of a list. */
  readonly detail?: unknown;
}

export interface WaitingFor {
  readonly eventType?: string | null;
  readonly correlationId?: string | null;
  /** The session that it started. */
  readonly sessionId?: string | null;
  readonly recordId?: string | null;
  readonly until?: string | null;
}

export interface SessionTask {
  /** Its name; of an item of a `for-each` that of its task with the item's place: `Task[3]`. */
  readonly task: string;
  /** Null of a version that the installation cannot run. */
  readonly type: string | null;
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly resumed: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly nextAttemptAt: string | null;
  readonly waitingFor: WaitingFor | null;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error: SessionError | null;
  readonly log: string | null;
  readonly idempotencyKey: string;
  readonly items?: readonly SessionTask[] | null;
}

/** A session as lists show it. */
export interface SessionSummary {
  readonly sessionId: string;
  readonly workflow: string;
  readonly workflowId: string;
  readonly version: number;
  readonly status: SessionStatus;
  readonly uowId: string;
  readonly parentSessionId: string | null;
  readonly parentTask: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly startedBy: { readonly id: string; readonly type: string };
  /** 1, and one more for each retry by hand. */
  readonly round: number;
  readonly error: SessionError | null;
}

export interface Session extends SessionSummary {
  readonly input?: unknown;
  readonly output?: unknown;
  readonly outputs: Readonly<Record<string, unknown>> | null;
  readonly tasks: readonly SessionTask[];
}
