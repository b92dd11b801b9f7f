import { expect, it } from "vitest";
import { onceAFrame } from "./frames";

it("draws a burst once a frame", () => {
  const frames: (() => void)[] = [];
  let drawn = 0;
  const ask = onceAFrame(
    () => {
      drawn += 1;
    },
    (run) => frames.push(run),
  );
  for (let one = 0; one < 1_000; one += 1) ask();
  expect([frames.length, drawn]).toEqual([1, 0]);
  frames.shift()?.();
  ask();
  expect([frames.length, drawn]).toEqual([1, 1]);
});
