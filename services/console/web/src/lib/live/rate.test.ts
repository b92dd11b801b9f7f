import { expect, it } from "vitest";
import { Rate } from "./rate";

it("is the mean of the last ten whole seconds", () => {
  const rate = new Rate();
  for (let at = 0; at < 20_000; at += 100) rate.add(at);
  expect(rate.perSecond(20_000)).toBe(10);
  rate.add(20_100);
  expect(rate.perSecond(20_200)).toBe(10);
  expect(rate.perSecond(25_500)).toBe(5.1);
  expect(rate.perSecond(31_000)).toBe(0);
});
