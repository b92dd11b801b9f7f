/** A filter field: typing shows at once in the field, and in the address when the typing rests or Enter ends it. */

import { TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useId, useRef, useState } from "react";

interface FilterProps extends Omit<TextInputProps, "value" | "onChange"> {
  readonly label: string;
  readonly value: string;
  readonly onType: (value: string) => void;
  /** What may be typed, as far as it is known. */
  readonly suggestions?: readonly string[];
}

const REST_MS = 300;

export function Filter({ value, onType, suggestions = [], onKeyDown, ...rest }: FilterProps) {
  const list = useId();
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  const tell = useDebouncedCallback((text: string) => {
    told.current = text;
    onType(text);
  }, REST_MS);
  // Its own text that comes back would undo what was typed since.
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    tell.cancel();
    setTyped(value);
  }, [value, tell]);
  return (
    <>
      <TextInput
        size="sm"
        {...rest}
        list={suggestions.length ? list : undefined}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          tell(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          onKeyDown?.(event);
          if (event.key === "Enter") tell.flush();
        }}
      />
      {suggestions.length > 0 && (
        <datalist id={list}>
          {suggestions.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </>
  );
}
