/** The frame around every page but the login: header, navigation, and who is logged in. */

import { Alert, AppShell, Burger, Group, NavLink, ScrollArea } from "@mantine/core";
import { useDisclosure, useNetwork } from "@mantine/hooks";
import { Outlet, useRouter, useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useGet } from "../api/queries";
import { loginHref, mayBeLoggedIn, watchSession } from "../api/session";
import { useLink } from "../components/PageLink";
import { Loaded } from "../components/states/Loaded";
import { BASE } from "../lib/address/paths";
import { MeProvider } from "../state/me";
import { RangeProvider } from "../state/range";
import { Header } from "./header/Header";
import { useLinks } from "./useLinks";

const MAIN = "main";

export function Shell() {
  const router = useRouter();
  const [isAsking] = useState(mayBeLoggedIn);
  useEffect(() => {
    const logIn = () => {
      const { pathname, search, hash } = window.location;
      if (pathname !== `${BASE}/login`) router.history.replace(loginHref(`${pathname}${search}${hash}`));
    };
    watchSession(logIn);
    if (!isAsking) logIn();
  }, [router, isAsking]);
  const me = useGet("/api/v1/auth/me", {}, { enabled: isAsking });
  if (!isAsking || me.error?.status === 401) return null;
  return (
    <Loaded query={me} what="who you are">
      {(found) => (
        <MeProvider me={found}>
          <RangeProvider>
            <Frame />
          </RangeProvider>
        </MeProvider>
      )}
    </Loaded>
  );
}

function Frame() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const links = useLinks();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes when another page is shown
  useEffect(close, [path]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding="md"
      transitionDuration={0}
    >
      <a href={`#${MAIN}`} className="skip">
        Skip to content
      </a>
      <AppShell.Header>
        <Group h="100%" px="sm" wrap="nowrap" gap="sm">
          <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" aria-expanded={isOpen} />
          <Header />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label="Main" p="xs">
        <ScrollArea type="auto">
          {links.map(({ path: to, link }) => (
            <MainLink key={to} to={to} name={link} path={path} />
          ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id={MAIN} tabIndex={-1}>
        <Offline />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function MainLink({ to, name, path }: { readonly to: string; readonly name: string; readonly path: string }) {
  const link = useLink({ to });
  const below = path.startsWith(BASE) ? path.slice(BASE.length) || "/" : path;
  const isHere = to === "/" ? below === "/" : below === to || below.startsWith(`${to}/`);
  return <NavLink {...link} label={name} active={isHere} aria-current={isHere ? "page" : undefined} variant="light" />;
}

function Offline() {
  const { online } = useNetwork();
  return online ? null : (
    <Alert color="yellow" role="status" mb="md" title="Offline">
      This browser has no network. What is shown is what was read before.
    </Alert>
  );
}
