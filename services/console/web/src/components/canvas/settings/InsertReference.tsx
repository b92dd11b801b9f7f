/** Puts a reference into a text, where its cursor is. */

import { Group, NativeSelect, Select } from "@mantine/core";
import { type RefObject, useState } from "react";
import { FILTERS, type FilterName } from "../../../lib/canvas/formatted";
import type { Knowable } from "../../../lib/canvas/knowable";

interface InsertReferenceProps {
  /** The title of the field that it is for. */
  readonly title: string;
  readonly known: readonly Knowable[];
  readonly area: RefObject<HTMLTextAreaElement | null>;
  readonly hasFilters?: boolean;
  readonly write: (path: string, filter: FilterName | null) => string;
  readonly onType: (text: string) => void;
}

const NONE = "no filter";

export function InsertReference({ title, known, area, hasFilters = false, write, onType }: InsertReferenceProps) {
  const [filter, setFilter] = useState<string>(NONE);
  const insert = (path: string | null) => {
    const target = area.current;
    if (path === null || target === null) return;
    const { value, selectionStart, selectionEnd } = target;
    const text = write(path, FILTERS.find((one) => one === filter) ?? null);
    onType(value.slice(0, selectionStart) + text + value.slice(selectionEnd));
    const end = selectionStart + text.length;
    // Once the text is there.
    requestAnimationFrame(() => {
      target.focus();
      target.setSelectionRange(end, end);
    });
  };
  return (
    <Group gap="xs" wrap="nowrap" align="flex-end">
      <Select
        size="xs"
        flex={1}
        label={`Insert a reference into ${title}`}
        placeholder="Insert a reference"
        labelProps={{ className: "visually-hidden" }}
        data={groupsOf(known)}
        value={null}
        searchable
        nothingFoundMessage="Nothing of that name"
        maxDropdownHeight={260}
        onChange={insert}
      />
      {hasFilters && (
        <NativeSelect
          size="xs"
          w={96}
          label={`Filter of what is inserted into ${title}`}
          labelProps={{ className: "visually-hidden" }}
          data={[NONE, ...FILTERS]}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
      )}
    </Group>
  );
}

/** Return the paths under the headings of where they come from. */
export function groupsOf(known: readonly Knowable[]): { group: string; items: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const { path, group } of known) groups.set(group, [...(groups.get(group) ?? []), path]);
  return [...groups].map(([group, items]) => ({ group, items: [...new Set(items)] }));
}
