/** The tasks of a session in the order of their links: how each fares, how often it was tried, how long it took. */

import { useMemo } from "react";
import { OpenLink } from "../../components/OpenLink";
import type { Opened } from "../../components/record/useOpened";
import { Section } from "../../components/Section";
import { Elapsed } from "../../components/session/Elapsed";
import { Status } from "../../components/session/Status";
import { Time } from "../../components/Time";
import { type Column, DataTable } from "../../components/table/DataTable";
import type { SessionTask } from "../../lib/session/model";
import { waitOf } from "../../lib/session/words";

interface TasksProps {
  readonly tasks: readonly SessionTask[];
  readonly opened: Opened;
}

export function Tasks({ tasks, opened }: TasksProps) {
  return (
    <Section title="Tasks">
      <TaskTable caption="Tasks" tasks={tasks} opened={opened} isNarrow={opened.id !== ""} />
    </Section>
  );
}

interface TaskTableProps extends TasksProps {
  readonly caption: string;
  /** Leave out what stands in the panel beside. */
  readonly isNarrow: boolean;
}

const NARROW = new Set(["Task", "Status", "Attempts", "Duration"]);

export function TaskTable({ caption, tasks, opened, isNarrow }: TaskTableProps) {
  const columns = useMemo(() => {
    const all = columnsOf(opened);
    return isNarrow ? all.filter(({ head }) => NARROW.has(head)) : all;
  }, [opened, isNarrow]);
  return (
    <DataTable
      caption={caption}
      columns={columns}
      rows={tasks}
      rowKey={({ task }) => task}
      isCurrent={({ task }) => task === opened.id}
      onPick={({ task }) => opened.open(task)}
    />
  );
}

function columnsOf(opened: Opened): readonly Column<SessionTask>[] {
  return [
    {
      head: "Task",
      cell: ({ task }) => (
        <OpenLink id={task} opened={opened}>
          {task}
        </OpenLink>
      ),
    },
    { head: "Type", cell: ({ type }) => type },
    { head: "Status", cell: ({ status }) => <Status of={status} /> },
    { head: "Attempts", align: "right", cell: ({ attempts }) => attempts },
    {
      head: "Started",
      isTime: true,
      cell: ({ startedAt }) => startedAt !== null && <Time at={startedAt} date={false} millis />,
    },
    { head: "Duration", align: "right", cell: (task) => <Elapsed {...task} /> },
    { head: "Why", cell: (task) => <Why task={task} /> },
  ];
}

/** Why a task is not done: its error, or what it waits for. */
function Why({ task }: { readonly task: SessionTask }) {
  const { error, nextAttemptAt, waitingFor } = task;
  if (error !== null) {
    return (
      <span className="small break">
        <code>{error.code}</code> {error.message}
        {nextAttemptAt !== null && (
          <>
            , again at <Time at={nextAttemptAt} date={false} />
          </>
        )}
      </span>
    );
  }
  if (waitingFor === null) return null;
  return (
    <span className="small break">
      waits for {waitOf(task)}
      {waitingFor.until && (
        <>
          {" "}
          until <Time at={waitingFor.until} />
        </>
      )}
    </span>
  );
}
