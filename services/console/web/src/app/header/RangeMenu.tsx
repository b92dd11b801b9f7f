/** The choice of the page's time range. */

import { ActionIcon, Button, Group, Popover, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCalendarTime } from "@tabler/icons-react";
import { useState } from "react";
import { CopyButton } from "../../components/CopyButton";
import { ALL_TIME, between, DISTANCES, lastOf, type Range, sameRange, wordsOf } from "../../lib/time/range";
import { formatInstant, parseInstant, zoneName } from "../../lib/time/zone";
import { useClock } from "../../state/preferences";
import { useRange } from "../../state/range";
import { Chosen } from "./Header";

const CHOICES: readonly Range[] = [...DISTANCES.map(lastOf), ALL_TIME];

export function RangeMenu() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const { range, choose, refresh, absoluteHref } = useRange();
  const pick = (next: Range) => {
    choose(next);
    close();
  };
  return (
    <Popover opened={isOpen} onChange={(open) => !open && close()} position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon variant="default" size={34} aria-label="Time range" onClick={toggle}>
          <IconCalendarTime size={18} aria-hidden="true" />
        </ActionIcon>
      </Popover.Target>
      <Chosen>
        <RangeWords />
      </Chosen>
      <Popover.Dropdown>
        <Stack gap="xs">
          {CHOICES.map((one) => (
            <Button
              key={wordsOf(one)}
              size="compact-sm"
              variant={sameRange(one, range) ? "filled" : "default"}
              aria-pressed={sameRange(one, range)}
              onClick={() => pick(one)}
            >
              {wordsOf(one)}
            </Button>
          ))}
          <Between onChoose={pick} />
          <Group gap="xs" hiddenFrom="sm">
            <Button size="compact-sm" variant="default" onClick={refresh}>
              Refresh
            </Button>
            <CopyButton text={absoluteHref()} name="Copy link" />
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** The range in words, or its instants. */
function RangeWords() {
  const { range, fromMs, toMs } = useRange();
  const clock = useClock();
  const words = wordsOf(range);
  if (words !== undefined) return words;
  const begin = fromMs === null ? "the beginning" : formatInstant(fromMs, clock);
  return `${begin} – ${toMs === null ? "now" : formatInstant(toMs, clock)}`;
}

function Between({ onChoose }: { readonly onChoose: (range: Range) => void }) {
  const clock = useClock();
  const { fromMs, toMs } = useRange();
  const [from, setFrom] = useState(fromMs === null ? "" : formatInstant(fromMs, clock));
  const [to, setTo] = useState(toMs === null ? "" : formatInstant(toMs, clock));
  const [begin, end] = [parseInstant(from, clock.zone), parseInstant(to, clock.zone)];
  const isForward = begin !== undefined && end !== undefined && begin < end;
  const form = `2026-01-15 13:05 (${zoneName(clock.zone)})`;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isForward) onChoose(between(begin, end));
      }}
    >
      <Stack gap="xs">
        <TextInput
          size="xs"
          label="From"
          description={form}
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
          error={from !== "" && begin === undefined && "No such time"}
        />
        <TextInput
          size="xs"
          label="To"
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          error={to !== "" && end === undefined && "No such time"}
        />
        {begin !== undefined && end !== undefined && !isForward && (
          <Text size="xs" role="alert">
            It ends before it begins.
          </Text>
        )}
        <Button type="submit" size="compact-sm" variant="default" disabled={!isForward}>
          Apply
        </Button>
      </Stack>
    </form>
  );
}
