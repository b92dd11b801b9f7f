/** Asks for the blanks of a workflow and starts a session with them. */

import { Alert, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, type Schemas } from "../../api/client";
import type { Problem } from "../../api/problem";
import { type Get, get, useGet } from "../../api/queries";
import { type Asked, askedByBlanks, askedBySchema } from "../../lib/canvas/asked";
import { useMay } from "../../state/me";
import { Dialog } from "../Dialog";
import { Loaded } from "../states/Loaded";
import { RunForm } from "./RunForm";

interface RunDialogProps {
  readonly name: string;
  /** The version to run; absent for the one that callers get. */
  readonly version?: number;
  readonly onStarted: (sessionId: string) => void;
  readonly onClose: () => void;
}

export function RunDialog({ name, version, onStarted, onClose }: RunDialogProps) {
  const title = version === undefined ? `Run ${name}` : `Run version ${version} of ${name}`;
  return (
    <Dialog title={title} size="lg" onClose={onClose}>
      {version === undefined ? (
        <RunActive name={name} onStarted={onStarted} onClose={onClose} />
      ) : (
        <RunVersion name={name} version={version} onStarted={onStarted} onClose={onClose} />
      )}
    </Dialog>
  );
}

/** Runs what the endpoint runs; of a workflow that is not active the newest version, by whoever may. */
function RunActive({ name, onStarted, onClose }: RunDialogProps) {
  const mayRunVersions = useMay("editor");
  // The document names YAML as well, so that its reader has to say that this is JSON.
  const workflow = useGet("/api/v1/workflows/{name}", { params: { path: { name } } }, { fresh: true }) as Get<
    Schemas["WorkflowOut"]
  >;
  return (
    <Loaded query={workflow} what="the workflow">
      {({ active, version }) => {
        if (active) return <RunByEndpoint name={name} onStarted={onStarted} onClose={onClose} />;
        if (!mayRunVersions) {
          return <Alert color="yellow">The workflow is not active. An editor can run a version of it.</Alert>;
        }
        return (
          <>
            <Alert color="yellow" mb="md">
              The workflow is not active: callers are answered 409. This runs its newest version, {version}, once.
            </Alert>
            <RunVersion name={name} version={version} onStarted={onStarted} onClose={onClose} />
          </>
        );
      }}
    </Loaded>
  );
}

function RunByEndpoint({ name, onStarted, onClose }: RunDialogProps) {
  const endpoint = useGet("/api/v1/workflows/{name}/endpoint", { params: { path: { name } } }, { fresh: true });
  const send = async (body: Record<string, unknown>) => {
    const params = { path: { name }, header: { prefer: "respond-async" } };
    const { data } = await api.POST("/run/{name}", { params, body });
    return sessionOf(data);
  };
  return (
    <Loaded query={endpoint} what="the blanks">
      {({ bodySchema }) => <Ask asked={askedBySchema(bodySchema)} {...{ send, onStarted, onClose }} />}
    </Loaded>
  );
}

function RunVersion({ name, version, onStarted, onClose }: RunDialogProps & { readonly version: number }) {
  const blanks = useBlanks(name, version);
  const send = async (body: Record<string, unknown>) => {
    const params = { path: { name, n: String(version) }, header: { prefer: "respond-async" } };
    const { data } = await api.POST("/api/v1/workflows/{name}/versions/{n}/run", { params, body });
    return sessionOf(data);
  };
  return (
    <Loaded query={blanks} what="the blanks">
      {(found) => <Ask asked={askedByBlanks(found)} {...{ send, onStarted, onClose }} />}
    </Loaded>
  );
}

/** Read the blanks of a version: `validate` tells those of a definition. */
function useBlanks(name: string, version: number): Get<Schemas["BlankOut"][]> {
  return useQuery<Schemas["BlankOut"][], Problem>({
    queryKey: ["blanks", name, version],
    queryFn: async ({ signal }) => {
      const params = { path: { name, n: version } };
      const definition = (await get(
        "/api/v1/workflows/{name}/versions/{n}",
        { params },
        signal,
      )) as Schemas["WorkflowVersionOut"];
      const { description, access, timeoutMs, maxSessions, tasks } = definition;
      const body = { name, description, access, timeoutMs, maxSessions, tasks } as never;
      const { data } = await api.POST("/api/v1/workflows/validate", { body, signal });
      return data?.blanks ?? [];
    },
  });
}

/** The first field, or the button where nothing is asked. */
const FIRST = "[data-autofocus], [type=submit]";

interface AskProps {
  readonly asked: readonly Asked[];
  readonly send: (body: Record<string, unknown>) => Promise<string>;
  readonly onStarted: (sessionId: string) => void;
  readonly onClose: () => void;
}

function Ask({ asked, send, onStarted, onClose }: AskProps) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // What is asked comes after the dialog, which by then has given the focus to its own button.
    const later = setTimeout(() => frame.current?.querySelector<HTMLElement>(FIRST)?.focus());
    return () => clearTimeout(later);
  }, []);
  return (
    <div ref={frame}>
      {asked.length === 0 && (
        <Text size="sm" mb="md">
          It has no blanks: nothing is asked for.
        </Text>
      )}
      <RunForm asked={asked} send={send} onStarted={onStarted} onCancel={onClose} />
    </div>
  );
}

function sessionOf(session: { readonly sessionId: string } | undefined): string {
  return session?.sessionId ?? "";
}
