/** What is forbidden everywhere: a record that fits ends every open match as aborted. */

import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import type { Form } from "../../components/form/useForm";
import { Section } from "../../components/Section";
import type { Draft } from "../../lib/critical/draft";
import { withStep } from "../../lib/critical/steps";
import { PatternFields } from "./PatternFields";

const MOST = 50;

export function GlobalEvents({ form }: { readonly form: Form<Draft> }) {
  const events = form.values.globalBlacklistedEvents;
  const set = (globalBlacklistedEvents: Draft["events"]) => form.change({ globalBlacklistedEvents });
  const error = form.errorAt("globalBlacklistedEvents");
  return (
    <Section title="Forbidden everywhere" description="A record that fits one of these ends an open match as aborted.">
      <Stack gap="xs">
        {events.map((one, index) => (
          <Paper withBorder p="sm" key={one.key}>
            <fieldset className="plain" aria-label={`Forbidden ${index + 1}`}>
              <Group justify="space-between" gap="xs" mb="xs">
                <span className="step-name">Forbidden {index + 1}</span>
                <Button size="compact-sm" variant="default" onClick={() => set(events.toSpliced(index, 1))}>
                  Remove
                </Button>
              </Group>
              <PatternFields
                form={form}
                place={`globalBlacklistedEvents[${index}]`}
                pattern={one}
                onChange={(next) => set(events.with(index, next))}
              />
            </fieldset>
          </Paper>
        ))}
      </Stack>
      {error !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)">
          {error}
        </Text>
      )}
      <div>
        <Button
          size="compact-sm"
          variant="default"
          disabled={events.length >= MOST}
          onClick={() => set(withStep(events))}
        >
          Add forbidden event
        </Button>
      </div>
    </Section>
  );
}
