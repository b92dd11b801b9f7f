/** Integrations and the providers that some of them need: kept in one way, they differ by their paths. */

import type { GetData } from "../../api/queries";

export type Account = GetData<"/api/v1/integrations">["data"][number];
export type AccountType = GetData<"/api/v1/integration-types">["data"][number];
/** The settings and secrets that an account of a type has. */
export type AccountForm = NonNullable<AccountType["provider"]>;

export interface Kind {
  readonly name: "integrations" | "providers";
  /** The text of its tab. */
  readonly title: string;
  readonly noun: "integration" | "provider";
  /** What it is, for a list that has none yet. */
  readonly sentence: string;
  /** Which use keeps one from being deleted. */
  readonly uses: string;
  // The paths of both kinds take and give the same, so one of them stands for both.
  readonly list: "/api/v1/integrations";
  readonly one: "/api/v1/integrations/{name}";
  readonly test: "/api/v1/integrations/{name}/test";
}

export const INTEGRATIONS: Kind = {
  name: "integrations",
  title: "Integrations",
  noun: "integration",
  uses: "It stays while an active workflow uses it.",
  sentence: "An integration is an account with another service, with the secrets that tasks of workflows use there.",
  list: "/api/v1/integrations",
  one: "/api/v1/integrations/{name}",
  test: "/api/v1/integrations/{name}/test",
};

export const PROVIDERS: Kind = {
  name: "providers",
  title: "Providers",
  noun: "provider",
  uses: "It stays while an integration uses it.",
  sentence: "A provider is an application registered with another service; integrations are accounts that let it act.",
  list: "/api/v1/providers" as Kind["list"],
  one: "/api/v1/providers/{name}" as Kind["one"],
  test: "/api/v1/providers/{name}/test" as Kind["test"],
};

/** Return the settings and secrets of an account of a kind; undefined where the type has no such kind. */
export function formOf({ noun }: Kind, type: AccountType): AccountForm | undefined {
  return noun === "integration" ? type : (type.provider ?? undefined);
}
