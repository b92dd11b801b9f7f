/** What a version of a critical interaction defines, without what is noted of it. */

const DEFINED = [
  "name",
  "description",
  "status",
  "events",
  "globalBlacklistedEvents",
  "thresholdInMs",
  "uptimeLowerLimitInMs",
  "uptimeMidLimitInMs",
  "uptimeUpperLimitInMs",
  "correlationProperty",
  "dimensions",
] as const;

type Defined = Readonly<Record<(typeof DEFINED)[number], unknown>>;

export function definitionOf(version: Defined): Defined {
  return Object.fromEntries(DEFINED.map((name) => [name, version[name]])) as Defined;
}
