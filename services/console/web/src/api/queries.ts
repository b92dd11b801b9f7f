/** Reads of the API as queries of React: kept for half a minute, repeated on a click, the old shown while new come. */

import {
  keepPreviousData,
  type QueryKey,
  type UseQueryOptions,
  type UseQueryResult,
  useQueries,
  useQuery,
} from "@tanstack/react-query";
import type { ClientPathsWithMethod, MaybeOptionalInit, MethodResponse } from "openapi-fetch";
import { api } from "./client";
import type { Problem } from "./problem";
import type { paths } from "./schema";

type Api = typeof api;
export type GetPath = ClientPathsWithMethod<Api, "get">;
export type GetData<P extends GetPath> = MethodResponse<Api, "get", P>;
export type GetInit<P extends GetPath> = MaybeOptionalInit<paths[P], "get">;
export type Get<Data> = UseQueryResult<Data, Problem>;

export interface GetOptions {
  /** False holds the question back. */
  readonly enabled?: boolean;
  /** Show nothing of an earlier question while this one is answered. */
  readonly fresh?: boolean;
}

/** Read a path; `init` has its parameters, as the API names them. */
export function useGet<P extends GetPath>(path: P, init: GetInit<P>, options: GetOptions = {}): Get<GetData<P>> {
  return useQuery<GetData<P>, Problem>(queryOf(path, init, options));
}

/** Read a path several times, each with parameters of its own. */
export function useGets<P extends GetPath>(
  path: P,
  inits: readonly GetInit<P>[],
  options: GetOptions = {},
): readonly Get<GetData<P>>[] {
  return useQueries({ queries: inits.map((init) => queryOf(path, init, options)) }) as Get<GetData<P>>[];
}

function queryOf<P extends GetPath>(
  path: P,
  init: GetInit<P>,
  options: GetOptions,
): UseQueryOptions<GetData<P>, Problem> {
  return {
    queryKey: keyOf(path, init),
    queryFn: ({ signal }) => get(path, init, signal),
    enabled: options.enabled ?? true,
    ...(options.fresh ? {} : { placeholderData: keepPreviousData }),
  };
}

/** Read a path once, outside of a component. */
export async function get<P extends GetPath>(path: P, init: GetInit<P>, signal?: AbortSignal): Promise<GetData<P>> {
  const read = api.GET as (path: string, init: object) => Promise<{ data?: unknown }>;
  const { data } = await read(path, { ...init, signal });
  return data as GetData<P>;
}

/** The key of a read; that of a path alone names all of its reads. */
export function keyOf<P extends GetPath>(path: P, init?: GetInit<P>): QueryKey {
  return init === undefined ? [path] : [path, init];
}
