import fc from "fast-check";
import { expect, it } from "vitest";
import type { Severity, ShownState } from "./rule";
import { byUrgency, lookOf, reasonInWords } from "./states";

const rule = fc
  .record({
    name: fc.string(),
    enabled: fc.boolean(),
    shown: fc.constantFrom<ShownState>("FIRING", "PENDING", "SNOOZED", "NO_DATA", "OK"),
    underlying: fc.constantFrom("FIRING" as const, "OK" as const),
    severity: fc.constantFrom<Severity>("critical", "warning", "info"),
    since: fc.nat(),
  })
  .map(({ shown, underlying, ...rest }) => ({
    ...rest,
    state: shown,
    underlyingState: shown === "SNOOZED" ? underlying : shown,
    incidentId: null,
  }));

it("keeps every rule, and none that fires stands below one that does not", () => {
  fc.assert(
    fc.property(fc.array(rule), (rules) => {
      const sorted = byUrgency(rules);
      expect(new Set(sorted)).toEqual(new Set(rules));
      expect(sorted).toHaveLength(rules.length);
      const fires = sorted.map(({ enabled, state }) => enabled && state === "FIRING");
      expect(fires).toEqual([...fires].sort((one, other) => Number(other) - Number(one)));
    }),
  );
});

it("puts the gravest first, then the newest, the disabled last, and others by name", () => {
  const made = (name: string, changes: object) => ({
    name,
    enabled: true,
    state: "FIRING" as const,
    underlyingState: "FIRING" as const,
    incidentId: "1",
    severity: "warning" as Severity,
    since: 1,
    ...changes,
  });
  const quiet = { state: "OK" as const, underlyingState: "OK" as const, incidentId: null };
  const silent = { state: "NO_DATA" as const, underlyingState: "NO_DATA" as const };
  const calm = { underlyingState: "OK" as const, incidentId: null };
  const rules = [
    made("off", { enabled: false, severity: "critical" }),
    made("at all off", { enabled: false, severity: "info" }),
    made("a snoozed calm one", { state: "SNOOZED", ...calm }),
    made("b", quiet),
    made("a", quiet),
    made("old", {}),
    made("new", { since: 2 }),
    made("snoozed", { state: "SNOOZED" }),
    made("grave", { severity: "critical" }),
    made("fired, then silent", silent),
    made("always silent", { ...silent, incidentId: null }),
  ];
  expect(byUrgency(rules).map(({ name }) => name)).toEqual([
    "grave",
    "new",
    "old",
    "fired, then silent",
    "snoozed",
    "a snoozed calm one",
    "always silent",
    "a",
    "b",
    "at all off",
    "off",
  ]);
});

it("tells a disabled rule as such, whatever its state, and reasons in words", () => {
  expect(lookOf({ enabled: false, state: "NO_DATA", incidentId: null }).words).toBe("Disabled");
  expect(lookOf({ enabled: true, state: "FIRING", incidentId: "1" }).words).toBe("Firing");
  expect(lookOf({ enabled: true, state: "NO_DATA", incidentId: null }).words).toBe("No data");
  expect(lookOf({ enabled: true, state: "NO_DATA", incidentId: "1" }).words).toBe("No data, incident open");
  expect([reasonInWords("few events"), reasonInWords("other"), reasonInWords(null)]).toEqual([
    "too few results",
    "other",
    null,
  ]);
});
