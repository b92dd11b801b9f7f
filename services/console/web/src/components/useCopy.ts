/** Copying a text, and for how long to say that it was copied. */

import { useCallback, useEffect, useState } from "react";

const TOLD_MS = 2_000;

/** Return whether the text was copied just now, and a function that copies it. */
export function useCopy(text: string): readonly [boolean, () => void] {
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), TOLD_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = useCallback(async () => setIsCopied(await write(text)), [text]);
  return [isCopied, copy];
}

/** Put a text on the clipboard; return whether it is there. */
async function write(text: string): Promise<boolean> {
  // Over plain http from another machine a browser has no clipboard, but it asks for what to copy.
  if (navigator.clipboard === undefined) return answerCopy(text);
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => answerCopy(text),
  );
}

function answerCopy(text: string): boolean {
  let isAsked = false;
  const answer = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopPropagation();
    isAsked = true;
  };
  document.addEventListener("copy", answer, { once: true, capture: true });
  document.execCommand("copy");
  document.removeEventListener("copy", answer, { capture: true });
  return isAsked;
}
