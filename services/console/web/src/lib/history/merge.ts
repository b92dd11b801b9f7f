/** One history made of two, each read page by page with the newest first. */

/** What was read of a history so far. */
export interface Part<Item> {
  /** The newest first. */
  readonly items: readonly Item[];
  /** Whether there is older than what was read. */
  readonly hasMore: boolean;
}

export interface Merged<One, Other> {
  /** The newest first: as far as nothing that is still unread can stand in between. */
  readonly entries: readonly (One | Other)[];
  /** Whether more of the first, and of the second, is to be read for the history to go on. */
  readonly needs: readonly [boolean, boolean];
}

/**
 * Merge two histories by time. At equal times `one` comes first. What is older than the oldest item of a part that has
 * more waits for the rest of that part.
 */
export function mergeByTime<One, Other>(
  one: Part<One>,
  other: Part<Other>,
  timeOf: (item: One | Other) => number,
): Merged<One, Other> {
  const entries: (One | Other)[] = [];
  let [i, j] = [0, 0];
  while (true) {
    const [left, right] = [one.items[i], other.items[j]];
    const isBlocked = (left === undefined && one.hasMore) || (right === undefined && other.hasMore);
    if (isBlocked || (left === undefined && right === undefined)) break;
    if (right === undefined || (left !== undefined && timeOf(left) >= timeOf(right))) {
      entries.push(left as One);
      i += 1;
    } else {
      entries.push(right);
      j += 1;
    }
  }
  return { entries, needs: [i === one.items.length && one.hasMore, j === other.items.length && other.hasMore] };
}
