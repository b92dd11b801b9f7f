/** What the API answers instead of what was asked for, or that it did not answer. */

/** One thing that is wrong with a request, and its place in it. */
export interface Violation {
  readonly loc: readonly (string | number)[];
  readonly field: string;
  readonly message: string;
  readonly type: string;
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
    /** What else this error has to say, by the names the API gives it. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
  }

  get isOffline(): boolean {
    return this.status === 0;
  }

  /** Return the same problem with its violations told in another way. */
  withViolations(violations: readonly Violation[]): Problem {
    const { status, code, detail, requestId, retryAfterS, members } = this;
    return new Problem(status, code, detail, violations, requestId, retryAfterS, members);
  }

  /** Return the message about a field, by its name as the API gives it. */
  about(field: string): string | undefined {
    return this.violations.find((one) => one.field === field)?.message;
  }

  /** Return the first message about a field or a part of it: of `roles` for what is wrong with `roles[0]`. */
  within(field: string): string | undefined {
    const isWithin = (place: string) =>
      place === field || (place.startsWith(field) && /[.[]/.test(place.charAt(field.length)));
    return this.violations.find((one) => isWithin(one.field))?.message;
  }
}

/** Return the problem that an answer tells of; it reads the body. */
export async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const told = toldBy(await bodyOf(response));
  return new Problem(
    response.status,
    told.code,
    told.detail || `the server answered ${response.status}`,
    told.violations,
    response.headers.get("X-Request-Id"),
    Number.isNaN(retryAfter) ? null : retryAfter,
    told.members,
  );
}

/** Return the problem that something thrown stands for. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const isNoAnswer = error instanceof TypeError || (error instanceof DOMException && error.name === "NetworkError");
  if (isNoAnswer) return new Problem(0, "no_answer", "Waymark does not answer. Look whether this machine is online.");
  return new Problem(0, "defect", error instanceof Error ? error.message : String(error));
}

type Body = Readonly<Record<string, unknown>>;

async function bodyOf(response: Response): Promise<Body> {
  try {
    return asObject(await response.json());
  } catch {
    return {};
  }
}

interface Told {
  readonly code: string;
  readonly detail: string;
  readonly violations: readonly Violation[];
  readonly members: Body;
}

/** Read an error in whichever of the API's shapes: RFC 9457, `{"detail":[…]}` of events, `{"error":{…}}` of others. */
function toldBy(body: Body): Told {
  const error = "error" in body ? asObject(body.error) : body;
  const { code, title, detail, message, cause, errors, details, ...members } = error;
  const listed = [detail, errors, details].find(Array.isArray);
  const violations = listed?.map((one) => violationOf(asObject(one))) ?? causesOf(code, cause);
  const sentence = [detail, message, title].find((one) => typeof one === "string");
  const ownWords = violations.map((one) => (one.field ? `${one.field}: ${one.message}` : one.message)).join("; ");
  return {
    code: String(code ?? ""),
    detail: [sentence ?? ownWords, cause === sentence ? "" : cause].filter(Boolean).join(": "),
    violations,
    members,
  };
}

const PLACE = /[A-Za-z]\w*(?:\.\w+|\[\d+\])*/.source;
const CAUSE = new RegExp(`^(${PLACE}): (.*)$`, "s");
const NEXT_CAUSE = new RegExp(`; (?=${PLACE}: )`);

/** Read the places that critical interactions name in one text: `name: a text; events[1].name: another`. */
function causesOf(code: unknown, cause: unknown): Violation[] {
  if (code !== "VALIDATION_ERROR" || typeof cause !== "string") return [];
  return cause.split(NEXT_CAUSE).flatMap((text): Violation[] => {
    const [, field, message = ""] = CAUSE.exec(text) ?? [];
    return field === undefined ? [] : [{ loc: [], field, message, type: "" }];
  });
}

function violationOf(one: Body): Violation {
  const loc = Array.isArray(one.loc) ? one.loc : [];
  return {
    loc,
    field: String(one.field ?? fieldOf(loc)),
    message: String(one.message ?? one.msg ?? ""),
    type: String(one.type ?? ""),
  };
}

/** Write the place in a body or a query as the API does: `items[3].resourceId`. */
function fieldOf(loc: readonly (string | number)[]): string {
  return loc
    .slice(1)
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
}

function asObject(value: unknown): Body {
  return typeof value === "object" && value !== null ? (value as Body) : {};
}
