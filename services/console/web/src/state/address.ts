/** The address as the state of a page. A choice makes a history entry, so that Back undoes it; typing replaces it. */

import { notifications } from "@mantine/notifications";
import { useRouter, useRouterState } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { type Fields, readFields, type Values, writeFields } from "../lib/address/fields";
import { BASE } from "../lib/address/paths";
import { type Changes, firstOf, formatSearch, parseSearch, type Search, withChanges } from "../lib/address/search";

export type { Changes };

export type Change = "choice" | "typing";

/** Return the query of the address, and a function that changes some of it. */
export function useSearchText(): readonly [Search, (changes: Changes, change?: Change) => void] {
  const router = useRouter();
  const text = useRouterState({ select: (state) => state.location.searchStr });
  const search = useMemo(() => parseSearch(text), [text]);
  const change = useCallback(
    (changes: Changes, how: Change = "choice") => {
      // The browser's own address lags behind several changes at once.
      const { pathname, search: now, hash } = router.history.location;
      const href = `${pathname}${formatSearch(withChanges(parseSearch(now), changes))}${hash}`;
      if (how === "typing") router.history.replace(href);
      else router.history.push(href);
    },
    [router],
  );
  return [search, change];
}

export interface Address<F extends Fields> {
  readonly values: Values<F>;
  /** Change some fields; what they mean for the page number is up to the page. */
  readonly change: (changes: Partial<Values<F>>, how?: Change) => void;
}

/**
 * Return the query of the page that is shown. The address is another page's while that page is still being loaded, and
 * what is wrong on the one may be right on the other.
 */
function useOwnSearch(search: Search): Search {
  const router = useRouter();
  const isLeaving = useRouterState({
    select: ({ matches, location }) =>
      matches.at(-1)?.routeId !== router.getMatchedRoutes(location.pathname)[0].at(-1)?.id,
  });
  const own = useRef(search);
  if (!isLeaving) own.current = search;
  return own.current;
}

/** Return a page's fields as its address has them. Wrong ones leave it, with a notice; unknown ones stay. */
export function useAddress<F extends Fields>(fields: F): Address<F> {
  const [current, changeText] = useSearchText();
  const search = useOwnSearch(current);
  const { values, wrong } = useMemo(() => readFields(fields, search), [fields, search]);
  useEffect(() => {
    if (!wrong.length) return;
    changeText(Object.fromEntries(wrong.map(({ name }) => [name, undefined])), "typing");
    for (const { name, text, expected } of wrong) noticeDropped(name, text, expected);
  }, [wrong, changeText]);
  const change = useCallback(
    (changes: Partial<Values<F>>, how?: Change) => changeText(writeFields(fields, changes), how),
    [fields, changeText],
  );
  return { values, change };
}

/** Tell that a parameter of the address was left out. */
export function noticeDropped(name: string, text: string, expected: string): void {
  notifications.show({
    id: `dropped-${name}`,
    color: "yellow",
    title: "A part of the address was dropped",
    message: `${name}=${text}: expected ${expected}`,
  });
}

/** Return a function that makes the address of a path of the console, with the range of the present one. */
export function useHref(): (path: string, search?: Changes) => string {
  const [current] = useSearchText();
  return useCallback(
    (path: string, search: Changes = {}) => {
      const hasOwnRange = "from" in search || "to" in search;
      const range = hasOwnRange ? {} : { from: firstOf(current, "from"), to: firstOf(current, "to") };
      return `${BASE}${path}${formatSearch(withChanges({}, { ...range, ...search }))}`;
    },
    [current],
  );
}
