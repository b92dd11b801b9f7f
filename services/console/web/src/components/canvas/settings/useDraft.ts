/** A text that stands for a value: what is typed stays as it is typed, and tells the value whenever it is one. */

import { notifications } from "@mantine/notifications";
import { useEffect, useEffectEvent, useState } from "react";
import type { Given } from "../../../lib/canvas/literals";
import type { Fault } from "../../../lib/canvas/paths";

interface DraftOptions {
  readonly given: Given;
  readonly print: (given: Given) => string;
  readonly read: (text: string) => { readonly given: Given } | Fault;
  readonly onChange: (given: Given) => void;
}

/** So much of a text is told. */
const SHOWN_CHARS = 60;

export interface Draft {
  readonly text: string;
  readonly fault: string | undefined;
  readonly type: (text: string) => void;
}

export function useDraft({ given, print, read, onChange }: DraftOptions): Draft {
  const [typed, setTyped] = useState<{ text: string; given: Given }>();
  // A value that came from elsewhere, as by undoing, takes the place of what was typed.
  const text = typed !== undefined && isSame(typed.given, given) ? typed.text : print(given);
  const found = typed?.text === text ? read(text) : undefined;
  const fault = found !== undefined && "fault" in found ? found.fault : undefined;
  const onLeft = useEffectEvent(() => {
    if (fault !== undefined) tellLeftOut(text, fault);
  });
  useEffect(() => () => onLeft(), []);
  return {
    text,
    fault,
    type: (next) => {
      const now = read(next);
      setTyped({ text: next, given: "fault" in now ? given : now.given });
      if ("given" in now && !isSame(now.given, given)) onChange(now.given);
    },
  };
}

/** Say that what was typed is gone with its input, since it stood for no value. */
function tellLeftOut(text: string, fault: string): void {
  const start = text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
  notifications.show({
    color: "yellow",
    title: "Not taken",
    message: `“${start}” is no value of its field. ${fault}.`,
  });
}

function isSame(one: Given, other: Given): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
