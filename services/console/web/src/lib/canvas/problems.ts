/** What is wrong with a definition, as a refused save or `validate` tells it, by task, link and field. */

/** A place in a definition with what is wrong there. */
export interface Problem {
  /** The task that it is about; null for the workflow itself. */
  readonly task: string | null;
  /** The predecessor, where it is about a link into the task. */
  readonly from: string | null;
  /** The field, where it is about the value of one. */
  readonly field: string | null;
  /** Another member of the task, or of the workflow: `integration`, `timeoutMs`, `output`. */
  readonly member: string | null;
  /** Where in the value of the field or the member. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly type: string;
  /** Whether it may be saved nevertheless. */
  readonly isWarning: boolean;
}

/** A violation as the API tells it. */
interface Told {
  readonly loc: readonly (string | number)[];
  readonly message: string;
  readonly type: string;
}

/** Return the places that violations are about; those beside the body are left out. */
export function problemsOf(told: readonly Told[], isWarning = false): readonly Problem[] {
  return told.filter(({ loc }) => loc[0] === "body").map((one) => placed(one, isWarning));
}

function placed({ loc: [, ...loc], message, type }: Told, isWarning: boolean): Problem {
  const nowhere = { task: null, from: null, field: null, member: null, path: [], message, type, isWarning };
  const [first, second, third, fourth] = loc.map(String);
  if (first !== "tasks" || second === undefined) return { ...nowhere, member: first ?? null, path: loc.slice(1) };
  const task = second;
  if (third === "executeAfter") return { ...nowhere, task, from: fourth ?? null, member: third, path: loc.slice(4) };
  if (third === "body") return { ...nowhere, task, field: fourth ?? null, member: third, path: loc.slice(4) };
  return { ...nowhere, task, member: third ?? null, path: loc.slice(3) };
}

/** Return the problems of a task that are not about a link into it. */
export function ofTask(problems: readonly Problem[], task: string): readonly Problem[] {
  return problems.filter((one) => one.task === task && one.from === null);
}

export function ofLink(problems: readonly Problem[], from: string, to: string): readonly Problem[] {
  return problems.filter((one) => one.task === to && one.from === from);
}

/** Return the problems of the workflow itself. */
export function ofWorkflow(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter((one) => one.task === null);
}

/** Write a problem with its place within the field or member, marks like `$ref` left out: `headers.x: text is expected`. */
export function wordsOf({ path, message }: Pick<Problem, "path" | "message">): string {
  const named = path.filter((part) => !String(part).startsWith("$"));
  const place = named.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
  return place === "" ? message : `${place.replace(/^\./, "")}: ${message}`;
}
