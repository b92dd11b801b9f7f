/** A user, as the way to what they did in the page's time range. */

import { PageLink } from "./PageLink";

export function UserLink({ userId }: { readonly userId: string }) {
  return (
    <PageLink to="/activity" search={{ userId }} className="nowrap">
      {userId}
    </PageLink>
  );
}
