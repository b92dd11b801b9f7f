/** The text of a definition, pasted or read from a file. */

import { Button, FileButton, Group, Textarea } from "@mantine/core";

interface DefinitionInputProps {
  readonly description: string;
  /** The files that are offered: their ends and media types. */
  readonly accept: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onText: (text: string) => void;
}

export function DefinitionInput({ description, accept, value, error, onText }: DefinitionInputProps) {
  return (
    <>
      <Group>
        <FileButton
          accept={accept}
          onChange={(file) => file?.text().then(onText)}
          inputProps={{ "aria-label": "File" }}
        >
          {(props) => (
            <Button size="compact-sm" variant="default" {...props}>
              Choose a file
            </Button>
          )}
        </FileButton>
      </Group>
      <Textarea
        label="Definition"
        description={description}
        data-autofocus
        autosize
        minRows={8}
        maxRows={20}
        spellCheck={false}
        classNames={{ input: "code", error: "wrap" }}
        value={value}
        error={error}
        onChange={(event) => onText(event.currentTarget.value)}
      />
    </>
  );
}
