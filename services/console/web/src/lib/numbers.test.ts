import { expect, it } from "vitest";
import { formatRate } from "./numbers";

const DAY_MS = 86_400_000;

it.each([
  [1_000_000, "11.6 per second"],
  [18_000, "12.5 per minute"],
  [30, "1.25 per hour"],
  [1, "1 per day"],
  [0, "0 per day"],
])("writes %d a day as %s", (count, words) => {
  expect(formatRate(count, DAY_MS)).toBe(words);
});
