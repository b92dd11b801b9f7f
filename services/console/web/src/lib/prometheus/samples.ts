/** The text format in which Prometheus reads metrics (version 0.0.4), as far as samples go. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?$/;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"\s*,?/y;
const ESCAPES: Readonly<Record<string, string>> = { "\\\\": "\\", '\\"': '"', "\\n": "\n" };

/** Return the samples of an exposition whose names `isWanted`; comments and what is no sample are passed over. */
export function parseSamples(text: string, isWanted: (name: string) => boolean = () => true): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const match = LINE.exec(line.trim());
    if (match === null || !isWanted(match[1] as string)) continue;
    const labels = parseLabels(match[2] ?? "");
    const value = parseValue(match[3] as string);
    if (labels !== undefined && value !== undefined) samples.push({ name: match[1] as string, labels, value });
  }
  return samples;
}

function parseLabels(text: string): Readonly<Record<string, string>> | undefined {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  let end = 0;
  for (let match = LABEL.exec(text); match !== null; match = LABEL.exec(text)) {
    labels[match[1] as string] = (match[2] as string).replace(/\\./g, (escaped) => ESCAPES[escaped] ?? escaped);
    end = LABEL.lastIndex;
  }
  return text.slice(end).trim() === "" ? labels : undefined;
}

function parseValue(text: string): number | undefined {
  const infinity = /^([+-]?)Inf$/.exec(text);
  if (infinity !== null) return infinity[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (text === "NaN") return Number.NaN;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}
