/** The field that finds records of a trace, how many it found, and the way through them. */

import { ActionIcon, Group, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useRef } from "react";
import { Filter } from "../../../components/Filter";
import { formatNumber, formatShare } from "../../../lib/numbers";

interface FindBoxProps {
  readonly text: string;
  /** Indexes of the records that were found. */
  readonly found: readonly number[];
  /** The index of the record that the keys are at. */
  readonly at: number;
  /** How much of the trace's JSON was looked at, from 0 to 1. */
  readonly share: number;
  readonly onType: (text: string) => void;
  readonly onNext: () => void;
  readonly onPrevious: () => void;
}

export function FindBox({ text, found, at, share, onType, onNext, onPrevious }: FindBoxProps) {
  const field = useRef<HTMLInputElement>(null);
  useHotkeys([["f", () => field.current?.focus()]]);
  return (
    <Group gap={4} wrap="nowrap" align="center">
      <Filter
        ref={field}
        size="xs"
        label="Find in trace"
        labelProps={{ className: "visually-hidden" }}
        placeholder="Find in trace (f)"
        value={text}
        onType={onType}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          // What was typed last is not found yet.
          if (event.currentTarget.value !== text) return;
          if (event.shiftKey) onPrevious();
          else onNext();
        }}
      />
      <ActionIcon variant="default" aria-label="Previous match" disabled={!found.length} onClick={onPrevious}>
        <IconChevronUp size={16} aria-hidden="true" />
      </ActionIcon>
      <ActionIcon variant="default" aria-label="Next match" disabled={!found.length} onClick={onNext}>
        <IconChevronDown size={16} aria-hidden="true" />
      </ActionIcon>
      <Text size="sm" role="status" className="numbers nowrap">
        {text !== "" && countOf(found, at)}
        {text !== "" && share < 1 && ` (${formatShare(share)} of the JSON read)`}
      </Text>
    </Group>
  );
}

function countOf(found: readonly number[], at: number): string {
  const place = found.indexOf(at);
  const total = formatNumber(found.length);
  return place < 0 ? `${total} found` : `${formatNumber(place + 1)} of ${total}`;
}
