/** A workflow's definition while it is edited: its history, what was saved last, and saving it. */

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas } from "../../../api/client";
import type { Problem } from "../../../api/problem";
import { get, keyOf } from "../../../api/queries";
import { useWrite } from "../../../components/form/useWrite";
import type { Definition } from "../../../lib/canvas/definition";
import { definitionOf, documentOf, isSame } from "../../../lib/canvas/documents";
import { begun, changed, ended, redone, undone } from "../../../lib/canvas/history";

export type Workflow = Schemas["WorkflowOut"];

export const CHANGED_MEANWHILE = 412;

export interface Draft {
  readonly definition: Definition;
  /** The version that the changes are made to. */
  readonly version: number;
  readonly isUnsaved: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly change: (definition: Definition, gesture?: string) => void;
  readonly undo: () => void;
  readonly redo: () => void;
  /** End the step that is being made: the next change is another one. */
  readonly endStep: () => void;
  readonly save: (isRun: boolean) => void;
  readonly isSaving: boolean;
  /** Why the last save was refused. */
  readonly refusal: Problem | null;
  /** What was refused; what is wrong with it is known no longer once it is changed. */
  readonly refused: Definition | null;
  /** Show what others have saved meanwhile; `Undo` brings the changes made here back. */
  readonly takeTheirs: () => Promise<void>;
  /** Save over what others have saved meanwhile. */
  readonly saveOver: (isRun: boolean) => Promise<void>;
}

interface Saved {
  readonly definition: Definition;
  readonly version: number;
}

interface Sent extends Saved {
  /** Of an active workflow: whether calls run the new version from then on. */
  readonly isRun: boolean;
}

const ONE = "/api/v1/workflows/{name}";

export function useDraft(workflow: Workflow): Draft {
  const { name } = workflow;
  const queries = useQueryClient();
  const [saved, setSaved] = useState<Saved>(() => savedOf(workflow));
  const [history, setHistory] = useState(() => begun(saved.definition));
  const definition = history.present;
  const isUnsaved = definition !== saved.definition && !isSame(definition, saved.definition);
  if (workflow.version > saved.version && !isUnsaved) {
    // Others have saved, and nothing here would be lost.
    const theirs = savedOf(workflow);
    setSaved(theirs);
    setHistory(begun(theirs.definition));
  }
  // At once: what is activated next is the version that was saved, and not the one before.
  const show = (one: Workflow) => queries.setQueryData(keyOf(ONE, { params: { path: { name } } }), one);
  const write = useWrite<Sent, void>({
    send: async (sent) => {
      const params = {
        path: { name },
        query: { activate: sent.isRun },
        header: { "If-Match": `"${sent.version}"` },
      };
      const body = documentOf(sent.definition) as never;
      const { data } = await api.PUT(ONE, { params, body });
      const answered = data as Workflow;
      setSaved({ definition: sent.definition, version: answered.version });
      show(answered);
    },
    reads: [ONE, "/api/v1/workflows", "/api/v1/workflows/{name}/versions", "/api/v1/workflows/{name}/endpoint"],
  });
  const send = (version: number, isRun: boolean) => {
    setHistory(ended);
    if (!write.isPending) write.mutate({ definition, version, isRun });
  };
  const newest = async () => {
    const one = (await get(ONE, { params: { path: { name } } })) as Workflow;
    show(one);
    return one;
  };
  return {
    definition,
    version: saved.version,
    isUnsaved,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    change: (next, gesture) => setHistory((now) => changed(now, next, gesture)),
    undo: () => setHistory(undone),
    redo: () => setHistory(redone),
    endStep: () => setHistory(ended),
    save: (isRun) => send(saved.version, isRun),
    isSaving: write.isPending,
    refusal: write.error,
    refused: write.error === null ? null : (write.variables?.definition ?? null),
    takeTheirs: async () => {
      const theirs = savedOf(await newest());
      setSaved(theirs);
      setHistory((now) => changed(now, theirs.definition));
      write.reset();
    },
    saveOver: async (isRun) => send((await newest()).version, isRun),
  };
}

function savedOf(workflow: Workflow): Saved {
  return { definition: definitionOf(workflow), version: workflow.version };
}
