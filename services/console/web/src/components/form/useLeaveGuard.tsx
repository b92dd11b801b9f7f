/** Asks before work that is not saved is left: by a link, by Back, or by closing the tab (the browser asks then). */

import { Button, Group, Stack, Text } from "@mantine/core";
import { useBlocker, useRouter } from "@tanstack/react-router";
import { type ReactNode, useCallback } from "react";
import { Dialog } from "../Dialog";

/** An address of the console, with its query as text. */
export interface Place {
  readonly pathname: string;
  readonly search: Readonly<Record<string, unknown>>;
}

interface GuardOptions {
  readonly isUnsaved: boolean;
  /** What would be lost, as the dialog names it: `the workflow`. */
  readonly what: string;
  /** Whether going from one address to another leaves the work; by itself, when the path is another. */
  readonly isLeaving?: (from: Place, to: Place) => boolean;
}

export interface LeaveGuard {
  /** The dialog while it asks; it can stand anywhere in the page. */
  readonly question: ReactNode;
  /** Go to an address, as `useHref` makes it, without asking: where the work has just been saved or deleted. */
  readonly go: (href: string) => void;
}

export function useLeaveGuard({ isUnsaved, what, isLeaving = isAnotherPath }: GuardOptions): LeaveGuard {
  const router = useRouter();
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isUnsaved && isLeaving(current, next),
    enableBeforeUnload: () => isUnsaved,
    disabled: !isUnsaved,
    withResolver: true,
  });
  const go = useCallback((href: string) => router.history.push(href, undefined, { ignoreBlocker: true }), [router]);
  const question = blocker.status === "blocked" && (
    <Question what={what} onLeave={blocker.proceed} onStay={blocker.reset} />
  );
  return { question, go };
}

function isAnotherPath(from: Place, to: Place): boolean {
  return from.pathname !== to.pathname;
}

interface QuestionProps {
  readonly what: string;
  readonly onLeave: () => void;
  readonly onStay: () => void;
}

function Question({ what, onLeave, onStay }: QuestionProps) {
  return (
    <Dialog title={`Leave without saving ${what}?`} onClose={onStay}>
      <Stack>
        <Text size="sm">The changes made here are lost.</Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onStay} data-autofocus>
            Cancel
          </Button>
          <Button onClick={onLeave}>Leave</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
