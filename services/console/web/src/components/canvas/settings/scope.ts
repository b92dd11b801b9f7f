/** What the inputs of one task's settings share: whose values they are, what those may name, and what is wrong. */

import type { Schemas } from "../../../api/client";
import type { Definition } from "../../../lib/canvas/definition";
import type { Field } from "../../../lib/canvas/fields";
import type { Knowable } from "../../../lib/canvas/knowable";
import type { Given } from "../../../lib/canvas/literals";
import { type Problem, wordsOf } from "../../../lib/canvas/problems";

export type TaskType = Schemas["TaskTypeOut"];

/** An integration, as far as tasks choose one. */
export interface IntegrationName {
  readonly name: string;
  readonly type: string;
}

/** What is wrong with a task, at which of its fields or other members. */
export type TaskProblem = Pick<Problem, "field" | "member" | "path" | "message">;

export interface Scope {
  readonly definition: Definition;
  /** The task whose values they are. */
  readonly task: string;
  readonly types: readonly TaskType[];
  readonly integrations: readonly IntegrationName[];
  readonly known: readonly Knowable[];
  /** Whether it is the task within a for-each. */
  readonly isItem: boolean;
  readonly isReadOnly: boolean;
}

/** Return what is wrong with a field in words, each problem with its place in the value. */
export function wordsAt(problems: readonly TaskProblem[], field: string): string | undefined {
  const words = problems.filter((one) => one.field === field).map(wordsOf);
  return words.length === 0 ? undefined : words.join("\n");
}

/** Return the same of another member of the task: `integration`, `timeoutMs`. */
export function wordsAtMember(problems: readonly TaskProblem[], member: string): string | undefined {
  const words = problems.filter((one) => one.field === null && one.member === member).map(wordsOf);
  return words.length === 0 ? undefined : words.join("\n");
}

/** Return the problems of the task that a field holds, told as that task's own. */
export function problemsWithin(problems: readonly TaskProblem[], field: string): readonly TaskProblem[] {
  return problems
    .filter((one) => one.field === field && one.path.length > 0)
    .map(({ path: [member, ...path], message }) =>
      member === "body"
        ? { field: path.length > 0 ? String(path[0]) : null, member, path: path.slice(1), message }
        : { field: null, member: String(member), path, message },
    );
}

/** What the input of a mode is given: its own id and field, the value, and the task that it is of. */
export interface ModeInputProps {
  readonly id: string;
  readonly field: Field;
  readonly given: Given;
  readonly scope: Scope;
  readonly error: string | undefined;
  readonly onChange: (given: Given) => void;
}
