/** A button that copies a text and says that it did. */

import { Button } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";

interface CopyButtonProps {
  readonly text: string;
  /** The button's name; `Copy` when absent. */
  readonly name?: string;
}

export function CopyButton({ text, name = "Copy" }: CopyButtonProps) {
  const clipboard = useClipboard({ timeout: 2_000 });
  return (
    <Button size="compact-sm" variant="default" onClick={() => clipboard.copy(text)} aria-label={name}>
      <span aria-live="polite">{clipboard.copied ? "Copied" : name}</span>
    </Button>
  );
}
