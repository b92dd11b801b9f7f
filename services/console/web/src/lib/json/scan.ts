/** Where things stand in a JSON text (RFC 8259): the line of each part, or of what is wrong. */

export type Path = readonly (string | number)[];

export interface JsonText {
  readonly value: unknown;
  /** Return the line, from 1, at which a part begins; that of the nearest part around it when there is no such part. */
  readonly lineOf: (path: Path) => number;
}

export interface JsonFault {
  readonly line: number;
  readonly column: number;
  /** What was expected there. */
  readonly expected: string;
}

/** Read a JSON text. */
export function scanJson(text: string): JsonText | JsonFault {
  const scanner = new Scanner(text);
  try {
    scanner.scanAll();
  } catch (error) {
    if (error instanceof Unexpected) return { ...placeAt(text, error.at), expected: error.message };
    throw error;
  }
  return { value: JSON.parse(text), lineOf: (path) => placeAt(text, scanner.offsetOf(path)).line };
}

class Unexpected extends Error {
  constructor(
    expected: string,
    readonly at: number,
  ) {
    super(expected);
  }
}

const BLANKS = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a text in JSON has none
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

class Scanner {
  private at = 0;
  private readonly offsets = new Map<string, number>();

  constructor(private readonly text: string) {}

  scanAll(): void {
    this.scanValue([]);
    this.take(BLANKS);
    if (this.at < this.text.length) throw new Unexpected("the end of the text", this.at);
  }

  offsetOf(path: Path): number {
    for (let length = path.length; length > 0; length -= 1) {
      const offset = this.offsets.get(JSON.stringify(path.slice(0, length)));
      if (offset !== undefined) return offset;
    }
    return 0;
  }

  private scanValue(path: Path): void {
    this.take(BLANKS);
    // A member is where its name stands.
    const key = JSON.stringify(path);
    if (typeof path.at(-1) !== "string") this.offsets.set(key, this.at);
    const first = this.text.charAt(this.at);
    if (first === "{") this.scanMembers("}", () => this.scanMember(path));
    else if (first === "[") this.scanMembers("]", (index) => this.scanValue([...path, index]));
    else if (first === '"') this.scanString("a text without a line break, with a quote at its end");
    else if (this.take(NUMBER) === undefined && this.take(WORD) === undefined) throw new Unexpected("a value", this.at);
  }

  private scanMembers(end: string, scanOne: (index: number) => void): void {
    this.at += 1;
    this.take(BLANKS);
    if (this.takeChar(end)) return;
    for (let index = 0; ; index += 1) {
      scanOne(index);
      this.take(BLANKS);
      if (this.takeChar(end)) return;
      if (!this.takeChar(",")) throw new Unexpected(`a comma or ${end}`, this.at);
    }
  }

  private scanMember(path: Path): void {
    this.take(BLANKS);
    const start = this.at;
    const name: string = JSON.parse(this.scanString("a name in double quotes"));
    this.offsets.set(JSON.stringify([...path, name]), start);
    this.take(BLANKS);
    if (!this.takeChar(":")) throw new Unexpected("a colon", this.at);
    this.scanValue([...path, name]);
  }

  private scanString(expected: string): string {
    const found = this.take(STRING);
    if (found === undefined) throw new Unexpected(expected, this.at);
    return found;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  private takeChar(char: string): boolean {
    const isThere = this.text.charAt(this.at) === char;
    if (isThere) this.at += 1;
    return isThere;
  }
}

function placeAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
