/** The webhooks that a rule tells, each a link to it. */

import { PageLink } from "../PageLink";
import { useWebhooks, webhookName } from "./useWebhooks";

export function ToldWebhooks({ ids }: { readonly ids: readonly string[] }) {
  const webhooks = useWebhooks();
  if (ids.length === 0) return "nobody";
  const nameOf = (id: string) => {
    const found = webhooks.data?.data.webhooks.find((one) => one.id === id);
    return found === undefined ? id : webhookName(found);
  };
  return (
    <ul className="plain-list">
      {ids.map((id) => (
        <li key={id}>
          <PageLink to="/alerts" search={{ tab: "webhooks", open: id }}>
            {nameOf(id)}
          </PageLink>
        </li>
      ))}
    </ul>
  );
}
