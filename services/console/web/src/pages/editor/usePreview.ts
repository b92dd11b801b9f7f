/** Tries a draft on the records of the page's range, beside the version that runs. */

import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas } from "../../api/client";
import type { Problem } from "../../api/problem";
import type { Tried } from "../../components/form/useForm";
import { type Draft, draftOf } from "../../lib/critical/draft";
import { useRange } from "../../state/range";
import { bodyOf } from "./body";
import type { Stored } from "./Editor";

export type Found = Schemas["PreviewFound"];

export interface Previewed {
  readonly wouldBe: Found;
  /** The same of the stored version; null where there is none. */
  readonly was: Found | null;
}

export interface PreviewState {
  readonly query: UseMutationResult<Previewed, Problem, Draft>;
  readonly run: (draft: Draft) => void;
  /** The draft that the API did not take. */
  readonly refused: Tried<Draft> | null;
}

const EXAMPLES = 10;
const KEPT_MS = 300_000;

export function usePreview(base: Stored | null): PreviewState {
  const queries = useQueryClient();
  const { fromMs, toMs, nowMs } = useRange();
  const span = { from: fromMs ?? 0, to: toMs ?? nowMs };
  const query = useMutation<Previewed, Problem, Draft>({
    mutationFn: async (draft) => {
      const wouldBe = await previewOf(draft, span);
      if (base === null) return { wouldBe, was: null };
      // One after the other: a process runs two previews at a time, for everybody.
      const was = await queries.fetchQuery({
        queryKey: ["preview", base.name, base.version, span],
        queryFn: () => previewOf(draftOf(base), span),
        staleTime: KEPT_MS,
      });
      return { wouldBe, was };
    },
  });
  const { variables, error, mutate } = query;
  const refused = error === null || variables === undefined ? null : { values: variables, problem: error };
  return { query, run: mutate, refused };
}

async function previewOf(draft: Draft, span: { readonly from: number; readonly to: number }): Promise<Found> {
  const { name, ...body } = bodyOf(draft);
  const answer = await api.POST("/v1/interactions/preview", {
    body: { ...body, name: name.trim() || null, ...span, limit: EXAMPLES },
  });
  return (answer.data as Schemas["PreviewOut"]).data;
}
