/** A filter field: typing shows at once in the field, and in the address when the typing rests. */

import { TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useState } from "react";

interface FilterProps extends Omit<TextInputProps, "value" | "onChange"> {
  readonly label: string;
  readonly value: string;
  readonly onType: (value: string) => void;
}

const REST_MS = 300;

export function Filter({ value, onType, ...rest }: FilterProps) {
  const [typed, setTyped] = useState(value);
  const tell = useDebouncedCallback(onType, { delay: REST_MS, flushOnUnmount: true });
  useEffect(() => setTyped(value), [value]);
  return (
    <TextInput
      size="sm"
      {...rest}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
    />
  );
}
