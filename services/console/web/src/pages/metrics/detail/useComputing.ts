/** Computes all values of a metric, and follows the run until it ends. */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, type Schemas } from "../../../api/client";
import type { Problem } from "../../../api/problem";
import { type GetData, keyOf, useGet } from "../../../api/queries";
import { useWrite } from "../../../components/form/useWrite";
import { DEFINITION_READS, RUN, RUNS } from "../api";
import { usePolling } from "../usePolling";

type Run = GetData<typeof RUN>;

export interface ComputingState {
  readonly isStarting: boolean;
  /** The run that was asked for here; undefined before that. */
  readonly run: Run | undefined;
  /** Why it was not begun, or cannot be followed. */
  readonly problem: Problem | null;
  readonly start: () => void;
}

export function useComputing(id: string): ComputingState {
  const queries = useQueryClient();
  const [runId, setRunId] = useState("");
  const write = useWrite<void, Schemas["ComputingOut"] | Schemas["ComputedOut"] | undefined>({
    send: async () => {
      const params = { path: { id }, header: { Prefer: "respond-async" } };
      return (await api.POST("/api/v1/behavioral-metrics/{id}/compute", { params })).data;
    },
    reads: [RUNS],
    onDone: (out) => setRunId(out?.runId ?? ""),
  });
  const run = useGet(RUN, { params: { path: { id, runId } } }, { enabled: runId !== "", fresh: true });
  const isOver = run.data !== undefined && run.data.finishedAt !== null;
  usePolling(run, runId !== "" && !isOver);
  useEffect(() => {
    if (!isOver) return;
    for (const path of DEFINITION_READS) void queries.invalidateQueries({ queryKey: keyOf(path) });
  }, [isOver, queries]);
  return {
    isStarting: write.isPending,
    run: run.data,
    problem: write.error ?? run.error,
    start: () => {
      if (!write.isPending) write.mutate();
    },
  };
}
