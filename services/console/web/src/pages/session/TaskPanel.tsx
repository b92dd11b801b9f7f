/** One task of a session, opened: what it was given, what came of it, what it waits for, its items. */

import { Alert, Code, Stack, Title } from "@mantine/core";
import { type FieldItem, Fields } from "../../components/Fields";
import { Json } from "../../components/Json";
import { PageLink } from "../../components/PageLink";
import { RecordPanel } from "../../components/record/RecordPanel";
import type { Opened } from "../../components/record/useOpened";
import { Elapsed } from "../../components/session/Elapsed";
import { Status } from "../../components/session/Status";
import { Time } from "../../components/Time";
import { paths } from "../../lib/address/paths";
import type { SessionError, SessionTask } from "../../lib/session/model";
import { waitOf } from "../../lib/session/words";
import { TaskTable } from "./Tasks";

interface TaskPanelProps {
  readonly opened: Opened;
  readonly task: SessionTask;
}

export function TaskPanel({ opened, task }: TaskPanelProps) {
  const { input, output, error, log, items } = task;
  return (
    <RecordPanel opened={opened} label="Task">
      <Stack gap="sm">
        <Title order={2} size="h4" className="break">
          {task.task}
        </Title>
        <Fields items={fieldsOf(task)} />
        {error !== null && <Wrong error={error} />}
        {log !== null && log !== "" && (
          <Part title="Log">
            <Code block tabIndex={0} mah={320} className="scroll wrap">
              {log}
            </Code>
          </Part>
        )}
        {items != null && items.length > 0 && (
          <Part title="Items">
            <TaskTable caption={`Items of ${task.task}`} tasks={items} opened={opened} isNarrow />
          </Part>
        )}
        <Part title="Input">
          <Json value={input ?? null} label="Input of the task" />
        </Part>
        <Part title="Output">
          <Json value={output ?? null} label="Output of the task" />
        </Part>
      </Stack>
    </RecordPanel>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <Title order={3} size="h6">
        {title}
      </Title>
      {children}
    </div>
  );
}

function Wrong({ error: { code, message, retryable, detail } }: { readonly error: SessionError }) {
  return (
    <Alert color="red" title={code}>
      <Stack gap="xs">
        <span className="break">{message}</span>
        {retryable && <span>Trying again may help.</span>}
        {detail != null && (
          <Code block className="scroll wrap" tabIndex={0} mah={240}>
            {JSON.stringify(detail, null, 2)}
          </Code>
        )}
      </Stack>
    </Alert>
  );
}

function fieldsOf(task: SessionTask): readonly FieldItem[] {
  const { type, status, attempts, resumed, startedAt, endedAt, nextAttemptAt, waitingFor, idempotencyKey } = task;
  return [
    ["Status", <Status key="status" of={status} />],
    ["Type", type],
    ["Attempts", attempts],
    ["Taken up again", resumed === 0 ? null : `${resumed} times, after the process that ran it was lost`],
    ["Started", startedAt === null ? null : <Time key="started" at={startedAt} millis zoned />],
    ["Ended", endedAt === null ? null : <Time key="ended" at={endedAt} millis zoned />],
    ["Duration", startedAt === null ? null : <Elapsed key="duration" {...task} />],
    ["Next attempt", nextAttemptAt === null ? null : <Time key="next" at={nextAttemptAt} millis ago zoned />],
    ["Waits for", waitingFor === null ? null : <Wait key="wait" task={task} />],
    ["Until", waitingFor?.until == null ? null : <Time key="until" at={waitingFor.until} ago zoned />],
    ["Idempotency key", <code key="key">{idempotencyKey}</code>],
  ];
}

function Wait({ task }: { readonly task: SessionTask }) {
  const child = task.waitingFor?.sessionId;
  if (!child) return waitOf(task);
  return <PageLink to={paths.session(child)}>the session {child}</PageLink>;
}
