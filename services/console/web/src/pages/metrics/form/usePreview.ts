/** Tries a metric on past records before it is saved. */

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas } from "../../../api/client";
import type { Problem } from "../../../api/problem";
import type { Tried } from "../../../components/form/useForm";
import { bodyOf, type Draft } from "./draft";

export type PreviewOut = Schemas["MetricPreviewOut"];

export interface Trial {
  readonly found: PreviewOut | undefined;
  /** The draft for which it was found. */
  readonly of: Draft | undefined;
  readonly isPending: boolean;
  /** The draft that the API did not take. */
  readonly refused: Tried<Draft> | null;
  readonly run: (draft: Draft) => void;
}

export function usePreview(): Trial {
  const [last, setLast] = useState<{ readonly found: PreviewOut; readonly of: Draft }>();
  const { variables, error, isPending, mutate } = useMutation<PreviewOut | undefined, Problem, Draft>({
    mutationFn: async (one) => {
      const { name, ...body } = bodyOf(one);
      return (await api.POST("/api/v1/behavioral-metrics/preview", { body: name === "" ? body : { name, ...body } }))
        .data;
    },
    onSuccess: (found, of) => found && setLast({ found, of }),
  });
  return {
    found: last?.found,
    of: last?.of,
    isPending,
    refused: error === null || variables === undefined ? null : { values: variables, problem: error },
    run: (draft) => {
      if (!isPending) mutate(draft);
    },
  };
}
