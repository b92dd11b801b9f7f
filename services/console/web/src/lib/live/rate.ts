/** How many came a second, over the last whole seconds. */

const SECONDS = 10;

export class Rate {
  private readonly counts = new Map<number, number>();

  add(atMs: number): void {
    const second = Math.floor(atMs / 1_000);
    this.counts.set(second, (this.counts.get(second) ?? 0) + 1);
    for (const old of this.counts.keys()) {
      if (old >= second - SECONDS) break;
      this.counts.delete(old);
    }
  }

  perSecond(nowMs: number): number {
    const now = Math.floor(nowMs / 1_000);
    let total = 0;
    for (const [second, count] of this.counts) if (second >= now - SECONDS && second < now) total += count;
    return total / SECONDS;
  }
}
