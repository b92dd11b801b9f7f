/** The JSON of a trace's records as text to find in; read page after page once something is looked for. */

import { useEffect, useState } from "react";
import { get } from "../../../api/queries";

interface Texts {
  /** By the record's id, in lower case. */
  readonly texts: ReadonlyMap<string, string>;
  /** How much of the trace was read, from 0 to 1. */
  readonly share: number;
}

const NONE: Texts = { texts: new Map(), share: 0 };
/** Small enough that taking a page in does not hold a frame up. */
const PAGE_SIZE = 200;

export function useTexts(uowId: string, total: number, isWanted: boolean): Texts {
  const [read, setRead] = useState(NONE);
  const isNeeded = isWanted && read.share < 1;
  useEffect(() => {
    if (!isNeeded) return;
    const stop = new AbortController();
    readAll(uowId, total, stop.signal, setRead).catch(() => {
      // Names and ids are found all the same; the share says that the JSON was not all read.
    });
    return () => stop.abort();
  }, [uowId, total, isNeeded]);
  return read;
}

async function readAll(uowId: string, total: number, signal: AbortSignal, tell: (read: Texts) => void): Promise<void> {
  const texts = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const path = { params: { path: { uowId }, query: { limit: PAGE_SIZE, cursor } } };
    const page = await get("/api/traces/{uowId}", path, signal);
    for (const one of page.interactions) texts.set(one.interactionId, textOf(one));
    for (const one of page.events) texts.set(one.id, textOf(one));
    cursor = page.nextCursor ?? undefined;
    tell({ texts: new Map(texts), share: cursor === undefined ? 1 : texts.size / Math.max(total, texts.size + 1) });
  } while (cursor !== undefined && !signal.aborted);
}

function textOf(record: object): string {
  return JSON.stringify(record).toLowerCase();
}
