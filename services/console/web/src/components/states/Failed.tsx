/** An error where the data would stand: what failed, why, and a way on. Other panels live on. */

import { Alert, Button, Code, Group, List, Stack, Text } from "@mantine/core";
import { useEffect, useEffectEvent, useState } from "react";
import { asProblem, type Problem } from "../../api/problem";

const CHANGED_MEANWHILE = 412;
const TITLES: Readonly<Record<number, string>> = { 403: "Not allowed", [CHANGED_MEANWHILE]: "Changed meanwhile" };

interface FailedProps {
  /** What could not be done, as in "Could not load the events". */
  readonly what: string;
  readonly verb?: string;
  readonly problem: unknown;
  readonly retry?: () => void;
}

export function Failed({ what, verb = "load", problem: error, retry }: FailedProps) {
  const problem = asProblem(error);
  const wait = useCountdown(problem, retry);
  return (
    <Alert color="red" title={TITLES[problem.status] ?? `Could not ${verb} ${what}`} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{problem.detail}</Text>
        {problem.status === CHANGED_MEANWHILE && (
          <Text size="sm">
            Somebody changed it after it was opened here. Open it again, and make the change once more.
          </Text>
        )}
        {problem.violations.length > 1 && (
          <List size="sm">
            {problem.violations.map((one) => (
              <List.Item key={`${one.field} ${one.message}`}>
                <Code>{one.field}</Code> {one.message}
              </List.Item>
            ))}
          </List>
        )}
        <Group gap="sm">
          {retry !== undefined && (
            <Button size="compact-sm" variant="default" onClick={retry}>
              Try again
            </Button>
          )}
          {wait !== null && <Text size="sm">trying again in {wait} s</Text>}
          {problem.requestId !== null && (
            <Text size="xs">
              request <Code>{problem.requestId}</Code>
            </Text>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

/** Count down the seconds that a problem asks to wait, then act once; null when there is nothing to wait for. */
export function useCountdown(problem: Problem | null, then?: () => void): number | null {
  const [left, setLeft] = useState<number | null>(null);
  const act = useEffectEvent(() => then?.());
  // Each problem counts anew, though it asks for as long as the one before.
  useEffect(() => setLeft(waitOf(problem)), [problem]);
  useEffect(() => {
    if (left === null) return;
    const timer = setTimeout(() => {
      if (left <= 1) act();
      setLeft(left <= 1 ? null : left - 1);
    }, 1_000);
    return () => clearTimeout(timer);
  }, [left]);
  return left;
}

function waitOf(problem: Problem | null): number | null {
  const isPassing = problem?.status === 503 || problem?.status === 429;
  return isPassing ? problem.retryAfterS : null;
}
