/** What may be done with a version of a workflow: run it, or let the endpoint run it from now on. */

import { Group } from "@mantine/core";
import { api } from "../../api/client";
import { ConfirmButton } from "../../components/form/ConfirmButton";
import { Run } from "./Run";

interface VersionActionsProps {
  readonly name: string;
  readonly of: { readonly version: number; readonly active: boolean; readonly taskCount: number };
}

export function VersionActions({ name, of: { version, active, taskCount } }: VersionActionsProps) {
  // Without tasks there is nothing to run.
  if (taskCount === 0) return null;
  return (
    <Group gap="xs" wrap="nowrap">
      <Run name={name} version={version} />
      {!active && <Activate name={name} version={version} />}
    </Group>
  );
}

function Activate({ name, version }: { readonly name: string; readonly version: number }) {
  return (
    <ConfirmButton
      verb="Activate"
      thing={`version ${version} of ${name}`}
      isDestructive={false}
      send={() => api.POST("/api/v1/workflows/{name}/activate", { params: { path: { name } }, body: { version } })}
      reads={[
        "/api/v1/workflows",
        "/api/v1/workflows/{name}",
        "/api/v1/workflows/{name}/versions",
        "/api/v1/workflows/{name}/versions/{n}",
        "/api/v1/workflows/{name}/endpoint",
      ]}
    >
      <code>/run/{name}</code> runs this version from now on. Sessions that have begun go on with theirs.
    </ConfirmButton>
  );
}
