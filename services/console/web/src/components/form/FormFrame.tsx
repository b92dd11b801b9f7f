/** The frame of a form: sending it, what went wrong with it, and its buttons. */

import { Alert, Button, Group, Loader, Stack } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import type { Problem } from "../../api/problem";
import { Failed } from "../states/Failed";
import type { Form } from "./useForm";

/** An input with an error; Mantine marks those for passwords in a way of its own. */
const INVALID = '[aria-invalid="true"], [data-invalid="true"]';

interface FormFrameProps<V extends object> {
  readonly form: Form<V>;
  /** What could not be written, for the error: `the key`. */
  readonly what: string;
  /** The name of the button that sends it: `Save`. */
  readonly verb?: string;
  /** Whether it can be sent as it was opened, as one for a new thing. */
  readonly isNew?: boolean;
  readonly onCancel?: () => void;
  /** What stands where it was changed meanwhile (412), in the place of the error. */
  readonly conflict?: ReactNode;
  readonly children: ReactNode;
}

const CHANGED_MEANWHILE = 412;

export function FormFrame<V extends object>(props: FormFrameProps<V>) {
  const { form, what, verb = "Save", isNew = false, onCancel, conflict, children } = props;
  const frame = useRef<HTMLFormElement>(null);
  const isIdle = !form.isChanged && !isNew;
  const { attempts, problem, triedProblem } = form;
  const isConflict = conflict !== undefined && problem?.status === CHANGED_MEANWHILE;
  useEffect(() => {
    const isRefused = attempts > 0 || problem !== null || triedProblem !== null;
    if (isRefused) frame.current?.querySelector<HTMLElement>(INVALID)?.focus();
  }, [attempts, problem, triedProblem]);
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
        {isConflict && !form.isSaving && conflict}
        {form.problem !== null && !isConflict && !form.isSaving && (
          <NotWritten
            problem={form.problem}
            verb={verb.toLowerCase().split(" ")[0] ?? ""}
            what={what}
            isAtFields={form.isAtFields}
          />
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

interface NotWrittenProps {
  readonly problem: Problem;
  readonly verb: string;
  readonly what: string;
  readonly isAtFields: boolean;
}

/** What went wrong, as far as it does not stand at the fields. */
function NotWritten({ problem, verb, what, isAtFields }: NotWrittenProps) {
  if (!isAtFields) return <Failed what={what} verb={verb} problem={problem} />;
  return (
    <Alert color="red" role="alert" title={`Could not ${verb} ${what}`}>
      {problem.violations.length > 1 ? `${problem.violations.length} fields are` : "A field is"} not as expected.
    </Alert>
  );
}
