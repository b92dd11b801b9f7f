/**
 * Links within the console. They carry the time range of the page; a modifier key or middle click is the browser's. A
 * thing that no address can name, since its id is `.` or `..`, is plain text.
 */

import { Anchor, type AnchorProps } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { type ComponentPropsWithoutRef, type MouseEvent, useCallback } from "react";
import { isAddressable } from "../lib/address/paths";
import { type Changes, useHref } from "../state/address";

interface LinkTo {
  /** A path below `/console`, see `lib/address/paths`. */
  readonly to: string;
  /** What its address has besides the range; a `from` or `to` of its own takes the range's place. */
  readonly search?: Changes;
}

type PageLinkProps = LinkTo & AnchorProps & Omit<ComponentPropsWithoutRef<"a">, "href" | keyof AnchorProps>;

export function PageLink({ to, search, onClick, ...rest }: PageLinkProps) {
  const link = useLink({ to, search });
  if (!isAddressable(to)) return <span className={rest.className}>{rest.children}</span>;
  return (
    <Anchor
      inherit
      {...rest}
      href={link.href}
      onClick={(event: MouseEvent<HTMLAnchorElement>) => {
        onClick?.(event);
        link.onClick(event);
      }}
    />
  );
}

/** Return `href` and `onClick` of a link, for components that are links of another look. */
export function useLink({ to, search }: LinkTo): { href: string; onClick: (event: MouseEvent) => void } {
  const href = useHref()(to, search);
  const go = useGo();
  const onClick = useCallback((event: MouseEvent) => onPlainClick(() => go(href))(event), [go, href]);
  return { href, onClick };
}

/** Act on a plain click instead of following the link; any other is the browser's. */
export function onPlainClick(act: () => void): (event: MouseEvent) => void {
  return (event) => {
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!isPlain || event.defaultPrevented) return;
    event.preventDefault();
    act();
  };
}

/** Return a function that goes to an address as `useHref` makes it. */
export function useGo(): (href: string) => void {
  const router = useRouter();
  return useCallback((href: string) => router.history.push(href), [router]);
}
