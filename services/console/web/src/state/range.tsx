/**
 * The time range of the page, as its address has it. Its ends are made instants once for each page and tab, each choice
 * and each refresh, so that all panels of a page ask for the same.
 */

import { useQueryClient } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { firstOf } from "../lib/address/search";
import {
  absolute,
  formatRange,
  instantsOf,
  LAST_24_HOURS,
  parseRange,
  type Range,
  sameRange,
  wrongEnds,
} from "../lib/time/range";
import { toRfc3339 } from "../lib/time/zone";
import { type Change, noticeDropped, useSearchText } from "./address";

export interface RangeState {
  readonly range: Range;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** The ends as the API takes them (RFC 3339, UTC); undefined where there is no bound. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** The instant that `now` stands for. */
  readonly nowMs: number;
  readonly choose: (range: Range, how?: Change) => void;
  /** Let `now` be now, and read everything again. */
  readonly refresh: () => void;
  /** Return the present address with a range that means the same tomorrow. */
  readonly absoluteHref: () => string;
}

const EXPECTED = "two RFC 3339 times in UTC, or now-15m, now-1h, now-24h, now-7d, now-30d";
const Context = createContext<RangeState | null>(null);

export function RangeProvider({ children }: { readonly children: ReactNode }) {
  const [search, change] = useSearchText();
  const [from, to] = [firstOf(search, "from"), firstOf(search, "to")];
  const parsed = useMemo(() => parseRange(from, to), [from, to]);
  useEffect(() => {
    if (parsed !== undefined) return;
    const wrong = wrongEnds(from, to);
    change(Object.fromEntries(wrong.map((end) => [end, undefined])), "typing");
    for (const end of wrong) {
      const text = end === "from" ? from : to;
      if (text !== undefined) noticeDropped(end, text, EXPECTED);
    }
  }, [parsed, from, to, change]);

  const range = parsed ?? LAST_24_HOURS;
  // That of the page which is shown: the address is ahead of it while another page is loaded.
  const path = useRouterState({ select: ({ matches }) => matches.at(-1)?.pathname });
  const place = `${path} ${firstOf(search, "tab")}`;
  const [held, setHeld] = useState({ range, place, nowMs: Date.now(), refreshes: 0 });
  const isCurrent = sameRange(held.range, range) && held.place === place;
  const current = isCurrent ? held : { range, place, nowMs: Date.now(), refreshes: held.refreshes };
  if (!isCurrent) setHeld(current);

  const choose = useCallback((next: Range, how?: Change) => change(formatRange(next), how), [change]);
  const queries = useQueryClient();
  const refresh = useCallback(
    () => setHeld((before) => ({ ...before, nowMs: Date.now(), refreshes: before.refreshes + 1 })),
    [],
  );
  // Once the panels ask for the new range: none is asked again for the old one.
  useEffect(() => {
    if (current.refreshes > 0) void queries.invalidateQueries();
  }, [current.refreshes, queries]);
  const state = useMemo((): RangeState => {
    const { fromMs, toMs } = instantsOf(current.range, current.nowMs);
    return {
      range: current.range,
      fromMs,
      toMs,
      from: fromMs === null ? undefined : toRfc3339(fromMs),
      to: toMs === null ? undefined : toRfc3339(toMs),
      nowMs: current.nowMs,
      choose,
      refresh,
      absoluteHref: () => {
        const url = new URL(window.location.href);
        const fixed = formatRange(absolute(current.range, current.nowMs));
        for (const name of ["from", "to"] as const) {
          const text = fixed[name];
          if (text === undefined) url.searchParams.delete(name);
          else url.searchParams.set(name, text);
        }
        return url.href;
      },
    };
  }, [current.range, current.nowMs, choose, refresh]);
  return <Context value={state}>{children}</Context>;
}

export function useRange(): RangeState {
  const state = useContext(Context);
  if (state === null) throw new Error("no RangeProvider");
  return state;
}
