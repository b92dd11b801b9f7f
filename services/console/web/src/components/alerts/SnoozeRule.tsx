/** Lets the notices of an alert rule wait for a while, or no longer. */

import { Button, Radio, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useRef } from "react";
import { api } from "../../api/client";
import { bodyOf, faultOf, LENGTHS, type Snooze, UNTIL } from "../../lib/alerts/snooze";
import { zoneName } from "../../lib/time/zone";
import { useClock } from "../../state/preferences";
import { Dialog } from "../Dialog";
import { FormFrame } from "../form/FormFrame";
import { useForm } from "../form/useForm";
import { useWrite } from "../form/useWrite";
import { Failed } from "../states/Failed";
import { RULE_READS, type Rule } from "./types";

const FIRST: Snooze = { minutes: "60", until: "" };

export function SnoozeRule({ rule }: { readonly rule: Rule }) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <Button ref={button} size="compact-sm" variant="default" onClick={open} aria-haspopup="dialog">
        Snooze
      </Button>
      {rule.snoozedUntil !== null && rule.state === "SNOOZED" && (
        <EndSnooze rule={rule} onDone={() => button.current?.focus()} />
      )}
      {isOpen && <SnoozeDialog rule={rule} onClose={close} />}
    </>
  );
}

function SnoozeDialog({ rule, onClose }: { readonly rule: Rule; readonly onClose: () => void }) {
  const clock = useClock();
  const form = useForm({
    initial: FIRST,
    check: (snooze) => ({ until: faultOf(snooze, clock, Date.now()) }),
    send: (snooze) =>
      api.PUT("/v1/alert-rules/{id}/snooze", { params: { path: { id: rule.id } }, body: bodyOf(snooze, clock) }),
    reads: RULE_READS,
    onDone: onClose,
  });
  return (
    <Dialog title={`Snooze ${rule.name}`} onClose={onClose}>
      <FormFrame form={form} what="the rule" verb="Snooze" isNew onCancel={onClose}>
        <Radio.Group
          label="For how long"
          description="Firing notices wait until then; the rule is evaluated all the same, and tells if it still fires."
          {...form.choice("minutes")}
        >
          <Stack gap={6} mt="xs">
            {Object.entries(LENGTHS).map(([value, words], index) => (
              <Radio key={value} value={value} label={words} data-autofocus={index === 0 || undefined} />
            ))}
          </Stack>
        </Radio.Group>
        {form.values.minutes === UNTIL && (
          <TextInput
            label="Until"
            description={`As 2027-01-15 13:05 (${zoneName(clock.zone)}), within a year`}
            {...form.text("until")}
          />
        )}
      </FormFrame>
    </Dialog>
  );
}

function EndSnooze({ rule, onDone }: { readonly rule: Rule; readonly onDone: () => void }) {
  const write = useWrite<void, unknown>({
    send: () => api.DELETE("/v1/alert-rules/{id}/snooze", { params: { path: { id: rule.id } } }),
    reads: RULE_READS,
    onDone,
  });
  return (
    <>
      <Button size="compact-sm" variant="default" loading={write.isPending} onClick={() => write.mutate()}>
        End snooze
      </Button>
      {write.isError && <Failed verb="end" what="the snooze" problem={write.error} />}
    </>
  );
}
