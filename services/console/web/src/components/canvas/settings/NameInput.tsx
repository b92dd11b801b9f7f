/** The name of a task, taken once it is left, Enter ends it or the workflow is saved: links and references follow it. */

import { TextInput } from "@mantine/core";
import { useEffect, useState } from "react";

interface NameInputProps {
  readonly name: string;
  readonly isReadOnly: boolean;
  /** Return why it cannot be called so; undefined once it is. */
  readonly onRename: (name: string) => string | undefined;
}

export function NameInput({ name, isReadOnly, onRename }: NameInputProps) {
  const [typed, setTyped] = useState(name);
  const [refusal, setRefusal] = useState<string>();
  useEffect(() => {
    setTyped(name);
    setRefusal(undefined);
  }, [name]);
  const take = () => {
    if (typed !== name) setRefusal(onRename(typed));
  };
  return (
    <TextInput
      label="Name"
      readOnly={isReadOnly}
      value={typed}
      error={refusal}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        setRefusal(undefined);
      }}
      onBlur={take}
      onKeyDown={(event) => {
        const isSave = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
        if (event.key === "Enter" || isSave) take();
      }}
    />
  );
}
