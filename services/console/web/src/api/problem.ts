/** What the API answers instead of what was asked for, or that it did not answer. */

/** One thing that is wrong with a request, and its place in it. */
export interface Violation {
  readonly loc: readonly (string | number)[];
  readonly field: string;
  readonly message: string;
  readonly type: string;
}

interface ProblemBody {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly cause?: string;
  readonly errors?: readonly Violation[];
}

export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    /** The HTTP status; 0 when no answer came. */
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly violations: readonly Violation[] = [],
    readonly requestId: string | null = null,
    /** For how long the server asks not to be asked again. */
    readonly retryAfterS: number | null = null,
  ) {
    super(detail);
  }

  get isOffline(): boolean {
    return this.status === 0;
  }

  /** Return the message about a field, by its name as the API gives it. */
  about(field: string): string | undefined {
    return this.violations.find((one) => one.field === field)?.message;
  }
}

/** Return the problem that an answer tells of; it reads the body. */
export async function problemOf(response: Response): Promise<Problem> {
  const body = await bodyOf(response);
  const retryAfter = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return new Problem(
    response.status,
    body.code ?? "",
    [body.detail ?? body.title ?? `the server answered ${response.status}`, body.cause].filter(Boolean).join(": "),
    body.errors ?? [],
    response.headers.get("X-Request-Id"),
    Number.isNaN(retryAfter) ? null : retryAfter,
  );
}

/** Return the problem that something thrown stands for. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const isNoAnswer = error instanceof TypeError || (error instanceof DOMException && error.name === "NetworkError");
  if (isNoAnswer) return new Problem(0, "no_answer", "Waymark does not answer. Look whether this machine is online.");
  return new Problem(0, "defect", error instanceof Error ? error.message : String(error));
}

async function bodyOf(response: Response): Promise<ProblemBody> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return {};
  }
}
