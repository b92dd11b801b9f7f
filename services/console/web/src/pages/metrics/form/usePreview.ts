/** Tries a metric on past records before it is saved. */

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas } from "../../../api/client";
import type { Problem } from "../../../api/problem";
import { bodyOf, type Draft, faultsOfDraft } from "./draft";

export type PreviewOut = Schemas["MetricPreviewOut"];

export interface Trial {
  readonly found: PreviewOut | undefined;
  /** Whether what was found is that of another draft than the present one. */
  readonly isOld: boolean;
  readonly isPending: boolean;
  readonly problem: Problem | null;
  /** How often it was tried. */
  readonly attempts: number;
  /** Return what the API said of a field, until it is changed. */
  readonly errorOf: (name: keyof Draft) => string | undefined;
  readonly start: () => void;
}

export function usePreview(draft: Draft): Trial {
  const [attempts, setAttempts] = useState(0);
  const [last, setLast] = useState<{ readonly found: PreviewOut; readonly of: Draft }>();
  const asked = useMutation<PreviewOut | undefined, Problem, Draft>({
    mutationFn: async (one) => {
      const { name, ...body } = bodyOf(one);
      return (await api.POST("/api/v1/behavioral-metrics/preview", { body: name === "" ? body : { name, ...body } }))
        .data;
    },
    onSuccess: (found, of) => found && setLast({ found, of }),
  });
  return {
    found: last?.found,
    isOld: last !== undefined && last.of !== draft,
    isPending: asked.isPending,
    problem: asked.error,
    attempts,
    errorOf: (name) => {
      const isSame = asked.error !== null && asked.variables?.[name] === draft[name];
      return isSame ? asked.error?.within(name) : undefined;
    },
    start: () => {
      setAttempts(attempts + 1);
      const isWhole = Object.values(faultsOfDraft(draft)).every((fault) => fault === undefined);
      if (isWhole && !asked.isPending) asked.mutate(draft);
    },
  };
}
