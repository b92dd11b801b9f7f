/** Which version answers calls, in words, and the switch that lets one. */

import { Button, Group, Stack, Switch, Text } from "@mantine/core";
import { api } from "../../../api/client";
import { useWrite } from "../../../components/form/useWrite";
import { Failed } from "../../../components/states/Failed";
import { useMay } from "../../../state/me";
import type { Workflow } from "./useDraft";

interface AnsweringProps {
  readonly workflow: Workflow;
  readonly isUnsaved: boolean;
}

const READS = [
  "/api/v1/workflows/{name}",
  "/api/v1/workflows",
  "/api/v1/workflows/{name}/versions",
  "/api/v1/workflows/{name}/endpoint",
] as const;

export function Answering({ workflow, isUnsaved }: AnsweringProps) {
  const { name, active, version, activeVersion } = workflow;
  const mayEdit = useMay("editor");
  const params = { path: { name } };
  const write = useWrite<boolean, unknown>({
    send: (isActive) =>
      isActive
        ? api.POST("/api/v1/workflows/{name}/activate", { params, body: { version } })
        : api.POST("/api/v1/workflows/{name}/deactivate", { params }),
    reads: [...READS],
  });
  return (
    <Stack gap="xs">
      <Group gap="md">
        <Switch
          label="Active"
          checked={active}
          disabled={!mayEdit || write.isPending}
          onChange={(event) => write.mutate(event.currentTarget.checked)}
        />
        <Text size="sm" role="status">
          {wordsOf(workflow, isUnsaved)}
        </Text>
        {mayEdit && active && activeVersion !== version && (
          <Button size="compact-sm" variant="default" onClick={() => write.mutate(true)}>
            Run version {version} from now on
          </Button>
        )}
      </Group>
      {write.isError && (
        <Failed what="the workflow" verb={write.variables ? "activate" : "deactivate"} problem={write.error} />
      )}
    </Stack>
  );
}

function wordsOf({ active, version, activeVersion }: Workflow, isUnsaved: boolean): string {
  if (!active) {
    return isUnsaved
      ? "No version answers calls. Activating takes what is saved, not the changes made here."
      : "No version answers calls until it is activated.";
  }
  if (isUnsaved) return `Version ${activeVersion} answers calls, without the changes made here.`;
  if (activeVersion !== version) return `Version ${activeVersion} answers calls, not version ${version} shown here.`;
  return `Version ${version}, shown here, answers calls.`;
}
