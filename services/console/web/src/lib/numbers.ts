/** Numbers in words. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const exactly = new Intl.NumberFormat("en", { maximumFractionDigits: 20 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const shortest = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

/** Write a number in full: `12,345`. */
export function formatNumber(value: number): string {
  return whole.format(value);
}

/** Write a number with all of its digits: `1,234.5678`. */
export function formatExact(value: number): string {
  return exactly.format(value);
}

/** Write a number where there is little room: `12.3K`. */
export function formatShort(value: number): string {
  return short.format(value);
}

/** Write any number, a fraction too, by its first three digits: `0.025`, `1.25K`. */
export function formatDigits(value: number): string {
  return shortest.format(value);
}

/** Write a share of one as `12.5%`. */
export function formatShare(value: number): string {
  return percent.format(value);
}

const UNITS: readonly (readonly [number, string])[] = [
  [1_000, "second"],
  [60_000, "minute"],
  [3_600_000, "hour"],
  [86_400_000, "day"],
];

/** Write how often something came in so long, by the shortest unit that makes it once or more: `12.5 per minute`. */
export function formatRate(count: number, ms: number): string {
  const per = (unitMs: number) => (count / Math.max(1, ms)) * unitMs;
  const [unitMs, unit] = UNITS.find(([one]) => per(one) >= 1) ?? [86_400_000, "day"];
  return `${new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(per(unitMs))} per ${unit}`;
}
