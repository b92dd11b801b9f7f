/**
 * Paths of references: `input.order.id`, `tasks["Send mail"].output.items[0]`, `session.id`, and within a for-each
 * `item` and `index`. Read as the API reads them, so that what is wrong shows while it is typed.
 */

export type Step = string | number;

export interface Path {
  readonly root: "input" | "session" | "tasks" | "item" | "index";
  /** The task that it names, where it names one. */
  readonly task?: string;
  readonly steps: readonly Step[];
}

/** A reason why a text is not what it should be. */
export interface Fault {
  readonly fault: string;
}

/** A path, and where the text goes on behind it. */
export interface ReadPath {
  readonly path: Path;
  readonly end: number;
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const WHOLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const STEP = /\.([A-Za-z_][A-Za-z0-9_]*)|\[(0|[1-9][0-9]{0,8})\]|\[("(?:[^"\\]|\\.)*")\]/y;
const ROOTS = ["input", "session", "tasks", "item", "index"] as const;
const OF_TASK: readonly Step[] = ["output", "error", "status"];
const OF_SESSION: readonly Step[] = ["id", "uowId", "startedAt"];

/** Read a text that is one path. */
export function parsePath(text: string): Path | Fault {
  const read = readPath(text, 0);
  if ("fault" in read) return read;
  if (read.end === text.length) return read.path;
  return { fault: `“${text.slice(read.end, read.end + 20)}” is no step: .name, [0] or ["any text"]` };
}

/** Read the path that begins at `start`, as long as it goes on. */
export function readPath(text: string, start: number): ReadPath | Fault {
  const first = match(NAME, text, start)?.[0];
  const root = ROOTS.find((one) => one === first);
  if (first === undefined || root === undefined) {
    return { fault: "A path begins with input, session, tasks, item or index" };
  }
  const steps: Step[] = [];
  let end = start + first.length;
  for (let found = match(STEP, text, end); found !== null; found = match(STEP, text, end)) {
    const step = stepOf(found);
    if (step === undefined) return { fault: `${found[3]} is no JSON text` };
    steps.push(step);
    end += found[0].length;
  }
  const fault = faultIn(root, steps);
  if (fault !== undefined) return { fault };
  const task = root === "tasks" ? String(steps[0]) : undefined;
  return { path: { root, steps, ...(task === undefined ? {} : { task }) }, end };
}

/** Write a path in the one way that the API writes it. */
export function writePath(root: Path["root"], steps: readonly Step[]): string {
  return root + steps.map(writeStep).join("");
}

function writeStep(step: Step): string {
  if (typeof step === "number") return `[${step}]`;
  return WHOLE_NAME.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function stepOf([, name, index, quoted]: RegExpExecArray): Step | undefined {
  if (name !== undefined) return name;
  if (index !== undefined) return Number(index);
  try {
    return String(JSON.parse(quoted ?? ""));
  } catch {
    return undefined;
  }
}

function faultIn(root: Path["root"], steps: readonly Step[]): string | undefined {
  const [first, second = "", ...below] = steps;
  if (root === "index" && steps.length > 0) return "Nothing lies below a number";
  if (root === "session") {
    if (!OF_SESSION.includes(first ?? "")) return "Of the session there are id, uowId and startedAt";
    return steps.length > 1 ? "Nothing lies below a text" : undefined;
  }
  if (root !== "tasks") return undefined;
  if (typeof first !== "string") return "tasks is followed by the name of a task";
  if (!OF_TASK.includes(second)) return "Of a task there are output, error and status";
  return second === "status" && below.length > 0 ? "Nothing lies below a text" : undefined;
}
