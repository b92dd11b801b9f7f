/** The frame of a form: sending it, what went wrong with it, and its buttons. */

import { Alert, Button, Group, Loader, Stack } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import type { Problem } from "../../api/problem";
import { Failed } from "../states/Failed";
import type { Form } from "./useForm";

interface FormFrameProps<V extends object> {
  readonly form: Form<V>;
  /** What could not be written, for the error: `the key`. */
  readonly what: string;
  /** The name of the button that sends it: `Save`. */
  readonly verb?: string;
  /** Whether it can be sent as it was opened, as one for a new thing. */
  readonly isNew?: boolean;
  readonly onCancel?: () => void;
  readonly children: ReactNode;
}

export function FormFrame<V extends object>(props: FormFrameProps<V>) {
  const { form, what, verb = "Save", isNew = false, onCancel, children } = props;
  const frame = useRef<HTMLFormElement>(null);
  const isIdle = !form.isChanged && !isNew;
  useEffect(() => {
    if (form.problem !== null) frame.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [form.problem]);
  return (
    <form
      ref={frame}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!isIdle) form.submit();
      }}
    >
      <Stack>
        {children}
        {form.problem !== null && !form.isSaving && (
          <NotWritten problem={form.problem} verb={verb.toLowerCase().split(" ")[0] ?? ""} what={what} form={form} />
        )}
        <Group justify="flex-end" gap="sm">
          <span role="status" className="dimmed">
            {form.isSaved && !form.isSaving ? "Saved" : ""}
          </span>
          {onCancel !== undefined && (
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
          )}
          {/* Stays in reach of the focus when there is nothing to send. */}
          <Button
            type="submit"
            data-disabled={isIdle || undefined}
            aria-disabled={isIdle}
            aria-busy={form.isSaving}
            leftSection={form.isSaving ? <Loader size={14} color="currentColor" aria-hidden="true" /> : undefined}
          >
            {verb}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface NotWrittenProps<V extends object> {
  readonly problem: Problem;
  readonly verb: string;
  readonly what: string;
  readonly form: Form<V>;
}

/** What went wrong beside what stands at the fields. */
function NotWritten<V extends object>({ problem, verb, what, form }: NotWrittenProps<V>) {
  const isAllAtFields =
    problem.violations.length > 0 && problem.violations.every((one) => nameOf(one.field) in form.values);
  if (!isAllAtFields) return <Failed what={what} verb={verb} problem={problem} />;
  return (
    <Alert color="red" role="alert" title={`Could not ${verb} ${what}`}>
      {problem.violations.length === 1 ? "A field is" : `${problem.violations.length} fields are`} not as expected.
    </Alert>
  );
}

/** Return the name of the field that a place is in: `roles` of `roles[0]`. */
function nameOf(field: string): string {
  return field.split(/[.[]/)[0] ?? field;
}
