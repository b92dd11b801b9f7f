/**
 * The newest records of streams. What arrives waits to be drawn: a burst costs one drawing, and what would be pushed out
 * again before it is seen is never read. While it is paused the shown ones stay, and those that came are counted.
 */

export interface TailView<Row> {
  /** Newest first. */
  readonly rows: readonly Row[];
  /** How many came since it was paused. */
  readonly waiting: number;
  readonly isPaused: boolean;
}

export class Tail<Arrived, Row> {
  private arrived: Arrived[] = [];
  private waiting = 0;
  private rows: readonly Row[] = [];
  private isPaused = false;

  /** `read` makes a row of what arrived; of those that were drawn and that wait, `kept` are kept each. */
  constructor(
    private readonly kept: number,
    private readonly read: (arrived: Arrived) => Row,
  ) {}

  add(arrived: Arrived): void {
    this.arrived.push(arrived);
    this.waiting += 1;
    if (this.arrived.length >= 2 * this.kept) this.arrived = this.arrived.slice(-this.kept);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  clear(): void {
    this.arrived = [];
    this.waiting = 0;
    this.rows = [];
  }

  /** Take in what arrived, and return what is to be seen now. */
  draw(): TailView<Row> {
    if (!this.isPaused && this.waiting > 0) {
      const newest = this.arrived.slice(-this.kept).reverse().map(this.read);
      this.rows = [...newest, ...this.rows.slice(0, this.kept - newest.length)];
      this.arrived = [];
      this.waiting = 0;
    }
    return { rows: this.rows, waiting: this.waiting, isPaused: this.isPaused };
  }
}
