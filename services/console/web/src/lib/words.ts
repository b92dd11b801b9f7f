/** Texts where there is little room. */

const LONGEST_ID = 14;

/** Keep the beginning of a long id, which tells it from others well enough in a row. */
export function shortened(id: string): string {
  return id.length > LONGEST_ID ? `${id.slice(0, LONGEST_ID - 1)}…` : id;
}
