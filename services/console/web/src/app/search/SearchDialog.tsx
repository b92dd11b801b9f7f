/** Goes to whatever is named or pasted: at once when one thing alone has that name, else to the one that is chosen. */

import { Alert, Group, NavLink, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Dialog } from "../../components/Dialog";
import { useGo, useLink } from "../../components/PageLink";
import { BASE } from "../../lib/address/paths";
import { pathOf } from "../../lib/search/classify";
import { useHref } from "../../state/address";
import { useMe } from "../../state/me";
import { useLinks } from "../useLinks";
import { addressOf, type Hit } from "./lookups";
import { pagesNamed } from "./pagesNamed";
import { useLookup } from "./useLookup";

/** Typing rests before anything is asked. */
const REST_MS = 300;

export default function SearchDialog({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState("");
  const [sent, setSent] = useState("");
  const [rested] = useDebouncedValue(text, REST_MS);
  const isSent = sent !== "" && sent === text.trim();
  const found = useLookup(isSent ? sent : rested);
  const hits = [...pagesNamed(text, useLinks(), useMe()), ...found.hits];
  const list = useRef<HTMLDivElement>(null);
  const go = useGo();
  const href = useHref();
  const only = hits.length === 1 ? hits[0] : undefined;
  const isAnswered = isSent && found.isComplete;

  useEffect(() => {
    if (!isAnswered || only === undefined) return;
    onClose();
    go(href(only.to, only.search));
  }, [isAnswered, only, onClose, go, href]);

  const send = (pasted: string) => {
    const path = pathOf(pasted, window.location.origin, BASE);
    if (path === undefined) return setSent(pasted.trim());
    onClose();
    go(`${BASE}${path}`);
  };

  return (
    <Dialog title="Search" onClose={onClose} canClickAway>
      <Stack gap="xs" ref={list} onKeyDown={(event) => moveFocus(event, list.current)}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            send(text);
          }}
        >
          <TextInput
            data-autofocus
            data-stop
            label="Search for"
            description="An id, an interaction's number, TYPE:id, a user, a page, or the name of a metric, workflow, alert rule and the like"
            autoComplete="off"
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onPaste={(event) => {
              const isAll =
                event.currentTarget.selectionEnd === text.length && event.currentTarget.selectionStart === 0;
              if (isAll) send(event.clipboardData.getData("text"));
            }}
          />
        </form>
        <Text size="sm" role="status" c="dimmed">
          {statusOf(text, hits.length, found.isAsking)}
        </Text>
        {hits.map((hit) => (
          <Found key={addressOf(hit)} hit={hit} onClose={onClose} />
        ))}
        {[...new Set(found.failures.map(({ detail }) => detail))].map((detail) => (
          <Alert key={detail} color="red" role="alert" title="Part of the search failed">
            {detail}
          </Alert>
        ))}
      </Stack>
    </Dialog>
  );
}

function Found({ hit, onClose }: { readonly hit: Hit; readonly onClose: () => void }) {
  const link = useLink(hit);
  return (
    <NavLink
      data-stop
      href={link.href}
      label={
        <Group gap="xs" wrap="nowrap" align="baseline">
          <span className="dimmed small">{hit.kind}</span> <span className="break">{hit.name}</span>
        </Group>
      }
      onClick={(event) => {
        link.onClick(event);
        if (event.defaultPrevented) onClose();
      }}
    />
  );
}

function statusOf(text: string, count: number, isAsking: boolean): string {
  if (isAsking) return "Looking…";
  if (text.trim() === "") return "";
  if (count === 0) return "No match";
  return count === 1 ? "1 match: Enter opens it" : `${count} matches: choose with the arrow keys`;
}

/** Let the arrow keys move the focus between the field and what was found. */
function moveFocus(event: KeyboardEvent, list: HTMLElement | null): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0 || list === null) return;
  event.preventDefault();
  const stops = [...list.querySelectorAll<HTMLElement>("[data-stop]")].map((stop) =>
    stop.matches("a, input") ? stop : (stop.querySelector("input") ?? stop),
  );
  const at = stops.indexOf(document.activeElement as HTMLElement);
  stops[(at + step + stops.length) % stops.length]?.focus();
}
