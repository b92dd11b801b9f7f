/**
 * Server-sent events (WHATWG HTML, 9.2.6; lines end with LF or CRLF), read from text that comes in any pieces. A frame
 * without data counts where it has an id: by that a stream goes on, even one on which nothing has happened yet.
 * Ready-made parsers leave it out.
 */

export interface Frame {
  /** Where a stream goes on after this frame. */
  readonly id?: string;
  /** What kind of thing the data tells of, in streams that tell of several. */
  readonly event?: string;
  readonly data?: string;
  /** How long the server asks to wait before a stream that ended is opened again. */
  readonly retryMs?: number;
}

/** Return a function that takes the next piece of text, and returns the frames that are whole with it. */
export function sseReader(): (text: string) => readonly Frame[] {
  let rest = "";
  let lines: string[] = [];
  return (text) => {
    const parts = `${rest}${text}`.split("\n");
    rest = parts.pop() ?? "";
    const frames: Frame[] = [];
    for (const part of parts) {
      const line = part.endsWith("\r") ? part.slice(0, -1) : part;
      if (line !== "") lines.push(line);
      else {
        const frame = frameOf(lines);
        if (frame !== undefined) frames.push(frame);
        lines = [];
      }
    }
    return frames;
  };
}

function frameOf(lines: readonly string[]): Frame | undefined {
  const values: { id?: string; event?: string; retryMs?: number } = {};
  const data: string[] = [];
  for (const [name, value] of lines.map(fieldOf)) {
    if (name === "data") data.push(value);
    else if (name === "id") values.id = value;
    else if (name === "event") values.event = value;
    else if (name === "retry" && /^\d+$/.test(value)) values.retryMs = Number(value);
  }
  const frame = data.length ? { ...values, data: data.join("\n") } : values;
  return Object.keys(frame).length ? frame : undefined;
}

/** Split a line at its first colon; a comment has an empty name. */
function fieldOf(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(":");
  if (colon < 0) return [line, ""];
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(" ") ? value.slice(1) : value];
}
