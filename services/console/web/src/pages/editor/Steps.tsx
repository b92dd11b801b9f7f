/** The steps in their order: moved by buttons or by dragging, each with what is asked of its record. */

import { Button, Checkbox, Group, Paper, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { Form } from "../../components/form/useForm";
import { Section } from "../../components/Section";
import type { Draft, StepDraft } from "../../lib/critical/draft";
import { moved, withStep } from "../../lib/critical/steps";
import "./editor.css";
import { PatternFields } from "./PatternFields";
import { useDragging } from "./useDragging";

const MOST = 50;
type Direction = "up" | "down";

export function Steps({ form }: { readonly form: Form<Draft> }) {
  const steps = form.values.events;
  const [said, setSaid] = useState("");
  const list = useRef<HTMLOListElement>(null);
  const add = useRef<HTMLButtonElement>(null);
  const focus = useRef<string | null>(null);
  // React moves elements in the document, which takes the focus from them.
  useEffect(() => {
    if (focus.current === null) return;
    list.current?.querySelector<HTMLElement>(focus.current)?.focus();
    focus.current = null;
  });
  const set = (events: readonly StepDraft[]) => form.change({ events });
  const move = (from: number, to: number) => {
    if (steps[from] === undefined || moved(steps, from, to) === steps) return;
    set(moved(steps, from, to));
    setSaid(`Step ${from + 1} is step ${to + 1} of ${steps.length} now.`);
  };
  const moveBy = (index: number, direction: Direction) => {
    focus.current = `[data-step="${steps[index]?.key}"] [data-move="${direction}"]`;
    move(index, direction === "up" ? index - 1 : index + 1);
  };
  const drag = useDragging(list, move);
  const error = form.errorAt("events");
  return (
    <Section
      title="Steps"
      description="In this order. Records that fit none of them are passed over; one that fits another than the next is an error."
    >
      <ol className="plain-list steps" ref={list}>
        {steps.map((step, index) => (
          <Paper component="li" withBorder p="sm" key={step.key} data-step={step.key} data-drop={drag.dropAt(index)}>
            <fieldset className="plain" aria-label={`Step ${index + 1}`}>
              <Group justify="space-between" gap="xs" mb="xs">
                <Group gap="xs">
                  <span className="drag-handle" title="Drag to move" aria-hidden="true" {...drag.handle(index)}>
                    ⠿
                  </span>
                  <span className="step-name">Step {index + 1}</span>
                </Group>
                <Group gap={4}>
                  <Move direction="up" isPossible={index > 0} onClick={() => moveBy(index, "up")} />
                  <Move direction="down" isPossible={index < steps.length - 1} onClick={() => moveBy(index, "down")} />
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() => {
                      set(steps.toSpliced(index, 1));
                      setSaid(`Step ${index + 1} is removed.`);
                      add.current?.focus();
                    }}
                  >
                    Remove
                  </Button>
                </Group>
              </Group>
              <PatternFields
                form={form}
                place={`events[${index}]`}
                pattern={step}
                onChange={(next) => set(steps.with(index, next))}
              />
              <Checkbox
                mt="sm"
                label="Forbidden here"
                description="A record that fits it at this place ends the match as aborted"
                checked={step.isBlacklisted}
                error={form.errorAt(`events[${index}].isBlacklisted`)}
                onChange={(event) => set(steps.with(index, { ...step, isBlacklisted: event.currentTarget.checked }))}
              />
            </fieldset>
          </Paper>
        ))}
      </ol>
      {error !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)">
          {error}
        </Text>
      )}
      <Group>
        <Button
          ref={add}
          size="compact-sm"
          variant="default"
          disabled={steps.length >= MOST}
          onClick={() => {
            const next = withStep(steps);
            focus.current = `[data-step="${next.at(-1)?.key}"] input`;
            set(next);
          }}
        >
          Add step
        </Button>
        <span role="status" className="visually-hidden">
          {said}
        </span>
      </Group>
    </Section>
  );
}

interface MoveProps {
  readonly direction: Direction;
  readonly isPossible: boolean;
  readonly onClick: () => void;
}

/** Stays in reach of the focus at the end of the list, where it does nothing. */
function Move({ direction, isPossible, onClick }: MoveProps) {
  return (
    <Button
      size="compact-sm"
      variant="default"
      data-move={direction}
      data-disabled={!isPossible || undefined}
      aria-disabled={!isPossible}
      onClick={() => isPossible && onClick()}
    >
      Move {direction}
    </Button>
  );
}
