/** A write of the API; the lists that show what was written are read again before it counts as done. */

import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import type { Problem } from "../../api/problem";
import { type GetPath, keyOf } from "../../api/queries";

export interface WriteOptions<In, Out> {
  readonly send: (given: In) => Promise<Out>;
  /** The paths whose reads show what is written. */
  readonly reads: readonly GetPath[];
  readonly onDone?: (out: Out) => void;
}

export type Write<In, Out> = UseMutationResult<Out, Problem, In>;

export function useWrite<In, Out>({ send, reads, onDone }: WriteOptions<In, Out>): Write<In, Out> {
  const queries = useQueryClient();
  return useMutation<Out, Problem, In>({
    mutationFn: send,
    // What comes back may be a secret that is shown once.
    gcTime: 0,
    onSuccess: async (out) => {
      await Promise.all(reads.map((path) => queries.invalidateQueries({ queryKey: keyOf(path) })));
      onDone?.(out);
    },
  });
}
