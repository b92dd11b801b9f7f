/** An instant, typed in the chosen zone and kept as RFC 3339 in UTC; empty for now. */

import { TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { readExpiry } from "../../lib/time/expiry";
import { type Clock, formatInstant, zoneName } from "../../lib/time/zone";
import { useClock } from "../../state/preferences";

interface InstantFilterProps {
  readonly label: string;
  /** RFC 3339; empty for now. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function InstantFilter({ label, value, onChange }: InstantFilterProps) {
  const clock = useClock();
  const [typed, setTyped] = useState(() => textOf(value, clock));
  const [isWrong, setIsWrong] = useState(false);
  useEffect(() => {
    setTyped(textOf(value, clock));
    setIsWrong(false);
  }, [value, clock]);
  const tell = () => {
    const found = readExpiry(typed, clock);
    setIsWrong(found === undefined);
    if (found !== undefined && (found ?? "") !== value && typed !== textOf(value, clock)) onChange(found ?? "");
  };
  return (
    <TextInput
      size="sm"
      label={`${label} (${zoneName(clock.zone)})`}
      placeholder="now"
      value={typed}
      error={isWrong ? "A time as 2027-01-15 or 2027-01-15 13:05" : undefined}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={tell}
      onKeyDown={(event) => event.key === "Enter" && tell()}
    />
  );
}

function textOf(value: string, clock: Clock): string {
  if (value === "") return "";
  const ms = Date.parse(value);
  return formatInstant(ms, { ...clock, hour12: false }, { millis: ms % 1_000 !== 0 });
}
