/** What can be done with a workflow from the list: look at the request that runs it, and run it. */

import { Button, Group } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { mayAs, useMe } from "../../state/me";
import type { Workflow } from "./columns";
import { Run } from "./Run";

const EndpointDialog = lazy(async () => ({
  default: (await import("../../components/workflow/EndpointDialog")).EndpointDialog,
}));

export function RowActions({ of: { name, active, access } }: { readonly of: Workflow }) {
  const mayRun = mayAs(useMe(), access);
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Group gap="xs" wrap="nowrap">
      <Button size="compact-sm" variant="default" aria-haspopup="dialog" onClick={() => setIsOpen(true)}>
        Endpoint
      </Button>
      {active && mayRun && <Run name={name} />}
      {isOpen && (
        <Suspense>
          <EndpointDialog name={name} onClose={() => setIsOpen(false)} />
        </Suspense>
      )}
    </Group>
  );
}
