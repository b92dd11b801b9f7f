import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeByTime, type Part } from "./merge";

interface Item {
  readonly of: "one" | "other";
  readonly at: number;
  readonly index: number;
}

const timeOf = (item: Item) => item.at;

describe("one history of two", () => {
  it("holds back what is older than the unread of either", () => {
    const one = { items: items("one", [9, 5]), hasMore: true };
    const other = { items: items("other", [8, 4, 3]), hasMore: false };
    const { entries, needs } = mergeByTime(one, other, timeOf);
    expect(entries.map(timeOf)).toEqual([9, 8, 5]);
    expect(needs).toEqual([true, false]);
  });

  it("grows to the whole in order, whatever the pages, and never changes what it has shown", () => {
    const times = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 30 });
    const size = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(times, times, size, size, (first, second, firstSize, secondSize) => {
        const [ones, others] = [items("one", first), items("other", second)];
        const whole = mergeByTime(partOf(ones, ones.length), partOf(others, others.length), timeOf);
        expect(whole.entries).toEqual(
          [...ones, ...others].sort((a, b) => b.at - a.at || (a.of < b.of ? -1 : 1) * Number(a.of !== b.of)),
        );
        let [read, readOther] = [firstSize, secondSize];
        for (;;) {
          const merged = mergeByTime(partOf(ones, read), partOf(others, readOther), timeOf);
          expect(merged.entries).toEqual(whole.entries.slice(0, merged.entries.length));
          if (!merged.needs.some(Boolean)) {
            expect(merged.entries).toEqual(whole.entries);
            break;
          }
          if (merged.needs[0]) read += firstSize;
          if (merged.needs[1]) readOther += secondSize;
        }
      }),
    );
  });
});

function items(of: Item["of"], times: readonly number[]): Item[] {
  return times.toSorted((a, b) => b - a).map((at, index) => ({ of, at, index }));
}

function partOf(all: readonly Item[], read: number): Part<Item> {
  return { items: all.slice(0, read), hasMore: read < all.length };
}
