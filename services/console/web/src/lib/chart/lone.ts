/** Values that no line shows. */

/** Return the places of the values that have a gap, or the end, on both sides: a line through them has no length. */
export function lonePlaces(values: ArrayLike<number | null | undefined>): number[] {
  const isGap = (at: number) => values[at] === null || values[at] === undefined;
  return Array.from(values, (_, at) => at).filter((at) => !isGap(at) && isGap(at - 1) && isGap(at + 1));
}
