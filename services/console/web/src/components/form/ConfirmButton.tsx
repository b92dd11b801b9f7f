/** A button that asks first, as for what destroys: its dialog names the thing, with the same verb on its button. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";
import type { Problem } from "../../api/problem";
import type { GetPath } from "../../api/queries";
import { Dialog } from "../Dialog";
import { Failed } from "../states/Failed";
import { useWrite } from "./useWrite";

interface ConfirmButtonProps {
  readonly verb: string;
  /** The thing as the dialog names it: `the key checkout service`. */
  readonly thing: string;
  readonly send: () => Promise<unknown>;
  readonly reads: readonly GetPath[];
  readonly onDone?: () => void;
  /** False for what can be undone by its opposite. */
  readonly isDestructive?: boolean;
  /** Show more of why it was refused than the problem's own words. */
  readonly explain?: (problem: Problem) => ReactNode;
  /** The name of the button that leaves everything as it is, where `Cancel` would be taken for the verb. */
  readonly dismiss?: string;
  /** What follows from it. */
  readonly children: ReactNode;
}

export function ConfirmButton(props: ConfirmButtonProps) {
  const [isAsking, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open} aria-haspopup="dialog">
        {props.verb}
      </Button>
      {isAsking && <Question {...props} onClose={close} />}
    </>
  );
}

function Question(props: ConfirmButtonProps & { readonly onClose: () => void }) {
  const {
    verb,
    thing,
    send,
    reads,
    onDone,
    isDestructive = true,
    dismiss = "Cancel",
    explain,
    onClose,
    children,
  } = props;
  const write = useWrite<void, unknown>({
    send,
    reads,
    onDone: () => {
      onClose();
      onDone?.();
    },
  });
  return (
    <Dialog title={`${verb} ${thing}?`} onClose={onClose}>
      <Stack>
        <Text size="sm">{children}</Text>
        {write.isError && <Failed verb={verb.toLowerCase()} what={thing} problem={write.error} />}
        {write.isError && explain?.(write.error)}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} data-autofocus>
            {dismiss}
          </Button>
          <Button color={isDestructive ? "red" : undefined} loading={write.isPending} onClick={() => write.mutate()}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
