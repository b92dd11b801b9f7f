/** What is wrong with a draft: what its save was refused for, else what the service says of it a moment after each change. */

import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "../../../api/client";
import type { Definition } from "../../../lib/canvas/definition";
import { documentOf } from "../../../lib/canvas/documents";
import { type Problem, problemsOf } from "../../../lib/canvas/problems";
import type { Draft } from "./useDraft";

const PAUSE_MS = 400;
const NONE: readonly Problem[] = [];

export function useProblems(draft: Draft): readonly Problem[] {
  const { definition, refusal, refused } = draft;
  const [settled] = useDebouncedValue(definition, PAUSE_MS);
  const judged = useQuery({
    queryKey: ["/api/v1/workflows/validate", settled],
    // As it is sent: any name may be that of a task, `__proto__` too.
    queryKeyHashFn: JSON.stringify,
    queryFn: ({ signal }) => judge(settled, signal),
    // What is wrong stays marked while the next answer comes.
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  const refusedFor = useMemo(() => problemsOf(refusal?.violations ?? []), [refusal]);
  if (refused === definition && refusedFor.length) return refusedFor;
  return judged.data ?? NONE;
}

async function judge(definition: Definition, signal: AbortSignal): Promise<readonly Problem[]> {
  const body = documentOf(definition) as never;
  const { data } = await api.POST("/api/v1/workflows/validate", { body, signal });
  const told = (all: readonly { loc: (string | number)[]; msg: string; type: string }[] = []) =>
    all.map(({ loc, msg: message, type }) => ({ loc, message, type }));
  return [...problemsOf(told(data?.errors)), ...problemsOf(told(data?.warnings), true)];
}
