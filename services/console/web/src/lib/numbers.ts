/** Numbers in words. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

/** Write a number in full: `12,345`. */
export function formatNumber(value: number): string {
  return whole.format(value);
}

/** Write a number where there is little room: `12.3K`. */
export function formatShort(value: number): string {
  return short.format(value);
}

/** Write a share of one as `12.5%`. */
export function formatShare(value: number): string {
  return percent.format(value);
}
