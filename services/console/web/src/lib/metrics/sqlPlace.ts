/** Where in a text the API finds fault with an SQL filter: `line 1, column 7: a number is expected`. */

export interface SqlFault {
  /** From 1, as the API counts them. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** The place in the whole text, from 0. */
  readonly offset: number;
  /** The line at fault, and the blanks up to the place in it. */
  readonly text: string;
  readonly blanks: string;
}

const PLACED = /^line (\d+), column (\d+): (.*)$/s;

/** Return what is wrong at which place of a text; undefined when the message names none that it has. */
export function sqlFault(message: string, sql: string): SqlFault | undefined {
  const match = PLACED.exec(message);
  if (match === null) return undefined;
  const [line, column] = [Number(match[1]), Number(match[2])];
  const lines = sql.split("\n");
  const text = lines[line - 1];
  if (text === undefined || column < 1) return undefined;
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const characters = [...text].slice(0, column - 1).join("");
  const blanks = characters.replace(/[^\t]/gu, " ").padEnd(column - 1, " ");
  return { line, column, message: match[3] ?? "", offset: before + characters.length, text, blanks };
}
