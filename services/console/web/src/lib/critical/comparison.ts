/** What a preview found, line by line, beside what the running version would have had. */

import { formatFigure } from "../health";
import { formatNumber } from "../numbers";

type Count = Readonly<Record<string, number>>;

/** The figures of a preview, as the API has them. */
export interface Found {
  readonly open: number;
  readonly total: {
    readonly completed: number;
    readonly errored: number;
    readonly aborted: number;
    readonly apdex: number | null;
    readonly strictApdex: number | null;
    readonly errorRate: number | null;
    readonly categories: Count;
    readonly errors: Count;
    readonly aborts: Count;
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  };
}

export interface Line {
  readonly name: string;
  readonly was: string | null;
  readonly wouldBe: string;
  readonly isChanged: boolean;
}

type Read = (found: Found) => number | null | undefined;

const COUNTS: readonly (readonly [name: string, read: Read])[] = [
  ["Completed", ({ total }) => total.completed],
  ["Excellent", ({ total }) => total.categories.excellent],
  ["Good", ({ total }) => total.categories.good],
  ["Average", ({ total }) => total.categories.average],
  ["Poor", ({ total }) => total.categories.poor],
  ["Errored", ({ total }) => total.errored],
  ["Errored: timeout", ({ total }) => total.errors.timeout],
  ["Errored: wrong order", ({ total }) => total.errors.sequence_violation],
  ["Aborted", ({ total }) => total.aborted],
  ["Open at the end", ({ open }) => open],
];
const FIGURES: readonly (readonly [name: string, read: Read, figure: string])[] = [
  ["Apdex", ({ total }) => total.apdex, "apdex"],
  ["Strict Apdex", ({ total }) => total.strictApdex, "strictApdex"],
  ["Error rate", ({ total }) => total.errorRate, "errorRate"],
  ["p50", ({ total }) => total.p50, "p50"],
  ["p95", ({ total }) => total.p95, "p95"],
  ["p99", ({ total }) => total.p99, "p99"],
];

/** Return the lines of a preview; `was` is null where there is nothing to compare with. */
export function linesOf(wouldBe: Found, was: Found | null): readonly Line[] {
  const line = (name: string, read: Read, write: (value: number) => string): Line => {
    const text = (found: Found) => {
      const value = read(found);
      return value === null || value === undefined ? "–" : write(value);
    };
    const [before, after] = [was === null ? null : text(was), text(wouldBe)];
    return { name, was: before, wouldBe: after, isChanged: before !== null && before !== after };
  };
  return [
    ...COUNTS.map(([name, read]) => line(name, read, formatNumber)),
    ...FIGURES.map(([name, read, figure]) => line(name, read, (value) => formatFigure(figure, value))),
  ];
}
