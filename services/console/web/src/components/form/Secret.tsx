/** A secret, the one time that it can be seen. */

import { Alert, Button, Group, Stack, TextInput } from "@mantine/core";
import { useEffect, useRef } from "react";
import { CopyButton } from "../CopyButton";

interface SecretProps {
  /** What the secret is called: `New key`. */
  readonly label: string;
  readonly text: string;
  /** That it is shown this once, and what follows from it. */
  readonly sentence: string;
  readonly onClose: () => void;
}

export function Secret({ label, text, sentence, onClose }: SecretProps) {
  const field = useRef<HTMLInputElement>(null);
  // It takes the place of the form or question that had the focus.
  useEffect(() => field.current?.focus(), []);
  return (
    <Stack>
      <Alert color="yellow" role="status">
        {sentence}
      </Alert>
      <Group align="flex-end" gap="xs">
        <TextInput
          ref={field}
          label={label}
          readOnly
          value={text}
          flex={1}
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton text={text} />
      </Group>
      <Group justify="flex-end">
        <Button onClick={onClose}>Close</Button>
      </Group>
    </Stack>
  );
}
