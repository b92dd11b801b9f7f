/** A session as it stands: how it goes, its canvas and tasks, what it was given and what came of it. */

import { Alert, SimpleGrid, Stack } from "@mantine/core";
import { Json } from "../../components/Json";
import { Beside } from "../../components/record/RecordPanel";
import { useOpened } from "../../components/record/useOpened";
import { Section } from "../../components/Section";
import type { Session } from "../../lib/session/model";
import { Announcer } from "./Announcer";
import { Children } from "./Children";
import { Drawn } from "./Drawn";
import { SessionFacts } from "./SessionFacts";
import { TaskPanel } from "./TaskPanel";
import { Tasks } from "./Tasks";
import { taskNamed } from "./tasks";

export function SessionView({ session }: { readonly session: Session }) {
  const opened = useOpened();
  const task = taskNamed(session.tasks, opened.id);
  return (
    <Stack gap="lg">
      <Announcer session={session} />
      <SessionFacts session={session} />
      {session.error !== null && (
        <Alert color="red" title={`The session ${session.status}: ${session.error.code}`}>
          {session.error.message}
        </Alert>
      )}
      <Beside record={task === undefined ? null : <TaskPanel key={task.task} opened={opened} task={task} />}>
        <Stack gap="lg">
          <Drawn session={session} opened={opened} />
          <Tasks tasks={session.tasks} opened={opened} />
        </Stack>
      </Beside>
      <Children session={session} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Section title="Input">
          <Json value={session.input ?? null} label="JSON of the input" />
        </Section>
        <Section title={session.outputs === null ? "Output" : "Outputs of its tasks"}>
          <Json value={session.outputs ?? session.output ?? null} label="JSON of the output" />
        </Section>
      </SimpleGrid>
    </Stack>
  );
}
