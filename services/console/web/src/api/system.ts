/** Reads of the installation itself: whether it is ready, its metrics, and what its pages are told of it. */

import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { BASE } from "../lib/address/paths";
import { asProblem, type Problem, problemOf } from "./problem";

export interface Readiness {
  readonly status: string;
  /** What fails, by name, and why; empty when all is ready. */
  readonly failing: Readonly<Record<string, string>>;
}

export interface Config {
  readonly version: string;
  /** The address of the installation's Grafana, if it has one. */
  readonly grafanaUrl: string | null;
}

/** Read whether everything is ready; that it is not is an answer too. */
export function useReadiness(): UseQueryResult<Readiness, Problem> {
  return useSystem("/readyz", readinessOf);
}

/** Read what an answer of `/readyz` says; a 503 may also be of a proxy that reaches nobody, which is a problem. */
export async function readinessOf(response: Response): Promise<Readiness> {
  const told: unknown = response.ok || response.status === 503 ? await jsonOf(response.clone()) : undefined;
  if (!isReadiness(told)) throw await problemOf(response);
  return told;
}

async function jsonOf(response: Response): Promise<unknown> {
  return response.json().catch(() => undefined);
}

function isReadiness(told: unknown): told is Readiness {
  return (
    typeof told === "object" &&
    told !== null &&
    "failing" in told &&
    typeof told.failing === "object" &&
    told.failing !== null
  );
}

/** Read the exposition of all processes; null where the address does not serve it. */
export function useExposition(): UseQueryResult<string | null, Problem> {
  return useSystem("/metrics", async (response) => {
    if (response.status === 404) return null;
    if (!response.ok) throw await problemOf(response);
    return response.text();
  });
}

export function useConfig(): UseQueryResult<Config, Problem> {
  return useSystem(`${BASE}/config.json`, async (response) => {
    if (!response.ok) throw await problemOf(response);
    return (await response.json()) as Config;
  });
}

function useSystem<Data>(path: string, read: (response: Response) => Promise<Data>): UseQueryResult<Data, Problem> {
  return useQuery<Data, Problem>({
    queryKey: [path],
    queryFn: async ({ signal }) => {
      try {
        return await read(await fetch(path, { signal }));
      } catch (error) {
        if (signal.aborted) throw error;
        throw asProblem(error);
      }
    },
  });
}
