/** The names of tasks: 1 to 64 printable characters, each once in a definition. */

import type { Definition } from "./definition";

export const MAX_NAME_CHARS = 64;
const PRINTABLE = /^(?:[^\p{C}\p{Z}]| )+$/u;

export function hasTask({ tasks }: Definition, name: string): boolean {
  return Object.hasOwn(tasks, name);
}

/** Return why a task cannot have a name; undefined when it can. */
export function nameFault(definition: Definition, name: string): string | undefined {
  if (name === "") return "A task needs a name";
  if ([...name].length > MAX_NAME_CHARS) return `A name has at most ${MAX_NAME_CHARS} characters`;
  if (!PRINTABLE.test(name)) return "A name has printable characters only";
  return hasTask(definition, name) ? `There is a task ${name} already` : undefined;
}

/** Return the first of `delay-1`, `delay-2`… that is free, for a new task of a type. */
export function proposedName(definition: Definition, type: string): string {
  return numbered(type, (name) => hasTask(definition, name));
}

/** Return the name of a copy: its own where that is free, else the next number behind it, `delay-1` becoming `delay-2`. */
export function copyName(name: string, isTaken: (name: string) => boolean): string {
  return isTaken(name) ? numbered(name.replace(/-\d+$/, ""), isTaken) : name;
}

function numbered(stem: string, isTaken: (name: string) => boolean): string {
  for (let number = 1; ; number++) {
    const suffix = `-${number}`;
    const name = [...stem].slice(0, MAX_NAME_CHARS - suffix.length).join("") + suffix;
    if (!isTaken(name)) return name;
  }
}
