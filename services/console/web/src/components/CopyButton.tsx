/** A button that copies a text and says that it did. */

import { Button } from "@mantine/core";
import { useCopy } from "./useCopy";

interface CopyButtonProps {
  readonly text: string;
  /** The button's name; `Copy` when absent. */
  readonly name?: string;
}

export function CopyButton({ text, name = "Copy" }: CopyButtonProps) {
  const [isCopied, copy] = useCopy(text);
  return (
    <Button size="compact-sm" variant="default" onClick={copy}>
      <span aria-live="polite">{isCopied ? "Copied" : name}</span>
    </Button>
  );
}
