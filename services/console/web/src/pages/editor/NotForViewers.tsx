/** What stands in the place of the editor for who may only read. */

import { Alert } from "@mantine/core";

export function NotForViewers() {
  return (
    <Alert color="gray" title="Not allowed">
      Critical interactions are defined and changed by editors and admins.
    </Alert>
  );
}
