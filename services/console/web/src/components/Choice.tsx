/** One of a few words, all of them seen. */

import { Group, SegmentedControl, Text } from "@mantine/core";

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  /** Each value and its word. */
  readonly options: Readonly<Record<T, string>>;
  readonly onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <Group gap="xs">
      <Text component="span" size="sm" fw={500} aria-hidden="true">
        {label}
      </Text>
      <SegmentedControl
        size="xs"
        aria-label={label}
        value={value}
        onChange={(next) => onChange(next as T)}
        data={Object.entries<string>(options).map(([one, words]) => ({ value: one, label: words }))}
      />
    </Group>
  );
}
