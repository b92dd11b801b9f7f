/** What can be done with a workflow as a whole, besides editing it. */

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { lazy, Suspense, useState } from "react";
import { api } from "../../../api/client";
import { asProblem } from "../../../api/problem";
import { ConfirmButton } from "../../../components/form/ConfirmButton";
import { useGo } from "../../../components/PageLink";
import { paths } from "../../../lib/address/paths";
import { useHref } from "../../../state/address";
import { mayAs, useMay, useMe } from "../../../state/me";
import { CloneButton } from "./CloneButton";
import { exportWorkflow } from "./exporting";
import type { Workflow } from "./useDraft";

interface ActionsProps {
  readonly workflow: Workflow;
  readonly isUnsaved: boolean;
  /** Go elsewhere without being asked about what is not saved. */
  readonly leave: (href: string) => void;
}

type Open = "endpoint" | "run" | null;

const EndpointDialog = lazy(async () => ({
  default: (await import("../../../components/workflow/EndpointDialog")).EndpointDialog,
}));
const RunDialog = lazy(async () => ({ default: (await import("../../../components/workflow/RunDialog")).RunDialog }));

export function Actions({ workflow, isUnsaved, leave }: ActionsProps) {
  const { name, version, active, access } = workflow;
  const mayEdit = useMay("editor");
  const mayRun = mayAs(useMe(), access);
  const href = useHref();
  const go = useGo();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  return (
    <>
      <Button size="compact-sm" variant="default" aria-haspopup="dialog" onClick={() => setOpen("endpoint")}>
        Endpoint
      </Button>
      {mayRun && (mayEdit || active) && (
        <Button size="compact-sm" aria-haspopup="dialog" onClick={() => setOpen("run")}>
          Run
        </Button>
      )}
      <Button size="compact-sm" variant="default" onClick={() => saveAsFile(workflow, isUnsaved)}>
        Export
      </Button>
      {mayEdit && <CloneButton name={name} onCloned={(copy) => go(href(paths.workflow(copy)))} />}
      {mayEdit && (
        <ConfirmButton
          verb="Delete"
          thing={`the workflow ${name}`}
          send={() =>
            api.DELETE("/api/v1/workflows/{name}", {
              params: { path: { name }, header: { "If-Match": `"${version}"` } },
            })
          }
          reads={["/api/v1/workflows"]}
          onDone={() => leave(href("/workflows"))}
        >
          Calls of it are answered 404 from then on. Its sessions go on and can still be read; its name is free again.
        </ConfirmButton>
      )}
      <Suspense fallback={null}>
        {open === "endpoint" && <EndpointDialog name={name} onClose={close} />}
        {open === "run" && (
          <RunDialog
            name={name}
            {...(workflow.activeVersion !== version && mayEdit && { version })}
            onStarted={(id) => {
              close();
              go(href(paths.session(id)));
            }}
            onClose={close}
          />
        )}
      </Suspense>
    </>
  );
}

async function saveAsFile({ name, version }: Workflow, isUnsaved: boolean): Promise<void> {
  try {
    await exportWorkflow(name);
    if (!isUnsaved) return;
    const message = `It holds version ${version}, not the changes that are not saved.`;
    notifications.show({ color: "yellow", title: `${name}.json is exported`, message });
  } catch (error) {
    notifications.show({ color: "red", title: "Could not export the workflow", message: asProblem(error).detail });
  }
}
