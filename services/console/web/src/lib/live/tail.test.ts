import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Tail } from "./tail";

const KEPT = 5;
const step = fc.constantFrom("add", "draw", "pause", "resume");

function tailOf(read: (one: number) => number = (one) => one): Tail<number, number> {
  return new Tail(KEPT, read);
}

describe("the tail of streams", () => {
  it("shows the newest in the order they came, whenever it is drawn", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const tail = tailOf();
        let last = 0;
        for (const one of steps) {
          if (one === "add") {
            last += 1;
            tail.add(last);
          } else tail[one]();
        }
        tail.resume();
        const newest = Array.from({ length: Math.min(KEPT, last) }, (_, index) => last - index);
        expect(tail.draw()).toEqual({ rows: newest, waiting: 0, isPaused: false });
      }),
    );
  });

  it("stands still while it is paused, and says how many wait", () => {
    const tail = tailOf();
    tail.add(1);
    const { rows } = tail.draw();
    tail.pause();
    for (let one = 2; one <= 42; one += 1) tail.add(one);
    expect(tail.draw()).toEqual({ rows, waiting: 41, isPaused: true });
    tail.resume();
    expect(tail.draw()).toEqual({ rows: [42, 41, 40, 39, 38], waiting: 0, isPaused: false });
  });

  it("reads no more of a burst than it shows", () => {
    let read = 0;
    const tail = tailOf((one) => {
      read += 1;
      return one;
    });
    for (let one = 1; one <= 1_000; one += 1) tail.add(one);
    tail.draw();
    expect(read).toBe(KEPT);
  });

  it("is empty once it is cleared", () => {
    const tail = tailOf();
    tail.add(1);
    tail.draw();
    tail.add(2);
    tail.clear();
    expect(tail.draw()).toEqual({ rows: [], waiting: 0, isPaused: false });
  });
});
