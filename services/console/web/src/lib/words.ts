/** Texts where there is little room. */

const LONGEST_ID = 16;
const LONGEST_RESOURCE_ID = 24;

/** Keep both ends of a long id: ids of one day begin alike, ids of one kind end alike. */
export function shortened(id: string, longest: number = LONGEST_ID): string {
  if (id.length <= longest) return id;
  const kept = longest - 1;
  const head = Math.ceil(kept / 2);
  return `${id.slice(0, head)}…${id.slice(head - kept)}`;
}

/** Keep both ends of a resource's id, which people give, so that more of it has to be read. */
export function shortenedResource(id: string): string {
  return shortened(id, LONGEST_RESOURCE_ID);
}
