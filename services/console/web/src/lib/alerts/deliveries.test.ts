import { expect, it } from "vitest";
import { type DeliveryState, lookAgainMs, outcomeOf } from "./deliveries";

it.each([
  [{ status: 204, error: null }, "answered 204"],
  [{ status: 503, error: "status 503" }, "answered 503"],
  [{ status: 302, error: "no redirects" }, "answered 302: no redirects"],
  [{ status: null, error: "timed out" }, "timed out"],
  [{ status: null, error: null }, "no answer"],
])("an attempt %o ended so: %s", (attempt, words) => {
  expect(outcomeOf(attempt)).toBe(words);
});

it("looks again when the next attempt is due, within bounds, and never once all ended", () => {
  const delivery = (state: DeliveryState, nextAttemptAt: number | null) => ({ state, nextAttemptAt });
  expect(lookAgainMs([], 0)).toBe(false);
  expect(lookAgainMs([delivery("DELIVERED", null), delivery("FAILED", null)], 0)).toBe(false);
  expect(lookAgainMs([delivery("FAILED", null), delivery("PENDING", 5_000)], 1_000)).toBe(4_000);
  expect(lookAgainMs([delivery("PENDING", 80_000), delivery("PENDING", null)], 1_000)).toBe(1_000);
  expect(lookAgainMs([delivery("PENDING", 3_600_000), delivery("PENDING", 1)], 3_000_000)).toBe(1_000);
  expect(lookAgainMs([delivery("PENDING", 3_600_000)], 0)).toBe(15_000);
});
