/** Who started a session, as the way to what they did. */

import { shortened } from "../../lib/words";
import { PageLink } from "../PageLink";

interface StartedByProps {
  readonly by: { readonly id: string; readonly type: string };
}

const WORDS: Readonly<Record<string, string>> = {
  api_key: "API key",
  user: "user",
  service: "service",
  system: "system",
};

export function StartedBy({ by: { id, type } }: StartedByProps) {
  return (
    <span className="nowrap">
      {WORDS[type] ?? type}{" "}
      <PageLink to="/activity" search={{ userId: id }} title={id}>
        {shortened(id)}
      </PageLink>
    </span>
  );
}
