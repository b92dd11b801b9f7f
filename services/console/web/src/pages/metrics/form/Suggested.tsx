/** A text field that proposes what may be typed. */

import { TextInput, type TextInputProps } from "@mantine/core";
import { type Ref, useId } from "react";

interface SuggestedProps extends TextInputProps {
  readonly suggestions: readonly string[];
  readonly ref?: Ref<HTMLInputElement>;
}

export function Suggested({ suggestions, ...rest }: SuggestedProps) {
  const list = useId();
  return (
    <>
      <TextInput {...rest} list={list} autoComplete="off" />
      <datalist id={list}>
        {suggestions.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}
