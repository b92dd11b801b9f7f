/** A button that asks for what a run needs, and leads to the session that begins. */

import { Button } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useGo } from "../../components/PageLink";
import { paths } from "../../lib/address/paths";
import { useHref } from "../../state/address";

const RunDialog = lazy(async () => ({ default: (await import("../../components/workflow/RunDialog")).RunDialog }));

interface RunProps {
  readonly name: string;
  /** The version to run, active or not; the active one when absent. */
  readonly version?: number;
}

export function Run({ name, version }: RunProps) {
  const [isOpen, setIsOpen] = useState(false);
  const href = useHref();
  const go = useGo();
  return (
    <>
      <Button size="compact-sm" variant="default" aria-haspopup="dialog" onClick={() => setIsOpen(true)}>
        Run
      </Button>
      {isOpen && (
        <Suspense>
          <RunDialog
            name={name}
            version={version}
            onStarted={(id) => go(href(paths.session(id)))}
            onClose={() => setIsOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
