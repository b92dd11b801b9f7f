/** Contrast of colours, after WCAG 2.2 (relative luminance, contrast ratio). */

export type Rgb = readonly [number, number, number];

/** Read `#rgb` or `#rrggbb`; undefined when a text is neither. */
export function parseHex(text: string): Rgb | undefined {
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const wide = digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits;
  const channel = (at: number) => Number.parseInt(wide.slice(at, at + 2), 16);
  return [channel(0), channel(2), channel(4)];
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one: Rgb, other: Rgb): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The least contrast of text. */
export const MIN_TEXT_CONTRAST = 4.5;

/** How text on a background can be read. */
export interface Legibility {
  /** The contrast of the wanted colour; undefined when none is wanted. */
  readonly wanted: number | undefined;
  /** The colour in which the text is shown: the wanted one where it can be read, else black or white. */
  readonly shown: string;
  readonly isReplaced: boolean;
}

/** Return how text of a colour can be read on a background; undefined when the background is no colour. */
export function legibilityOf(background: string, wanted: string): Legibility | undefined {
  const [back, front] = [parseHex(background), parseHex(wanted)];
  if (back === undefined) return undefined;
  const ratio = front && contrast(back, front);
  if (ratio !== undefined && ratio >= MIN_TEXT_CONTRAST) return { wanted: ratio, shown: wanted, isReplaced: false };
  const isDarkBetter = contrast(back, [0, 0, 0]) >= contrast(back, [255, 255, 255]);
  return { wanted: ratio, shown: isDarkBetter ? "#000000" : "#ffffff", isReplaced: true };
}

/** Return the colour of text on a background: the wanted one where it can be read, else black or white. */
export function readableOn(background: string, wanted: string): string {
  return legibilityOf(background, wanted)?.shown ?? "inherit";
}
