/** What a waterfall can leave out, mark and fold. */

import { Button, type ButtonProps, Group } from "@mantine/core";
import type { ReactNode } from "react";
import type { Values } from "../../../lib/address/fields";
import type { Address } from "../../../state/address";
import type { FIELDS } from "../fields";

interface ToolbarProps {
  readonly values: Values<typeof FIELDS>;
  readonly change: Address<typeof FIELDS>["change"];
  readonly onNext: () => void;
  readonly onFold: () => void;
  readonly onUnfold: () => void;
  readonly children: ReactNode;
}

const LOOK: ButtonProps = { size: "compact-sm", variant: "default" };

export function Toolbar({ values, change, onNext, onFold, onUnfold, children }: ToolbarProps) {
  return (
    <Group gap="xs" align="center">
      <Toggle isOn={values.criticalPath} onSet={(criticalPath) => change({ criticalPath })}>
        Critical path
      </Toggle>
      <Toggle isOn={values.onlyCriticalPath} onSet={(onlyCriticalPath) => change({ onlyCriticalPath })}>
        Only critical path
      </Toggle>
      <Toggle isOn={values.errors} onSet={(errors) => change({ errors })}>
        Errors
      </Toggle>
      <Button {...LOOK} onClick={onNext}>
        Next on path
      </Button>
      <Button {...LOOK} onClick={onFold}>
        Collapse all
      </Button>
      <Button {...LOOK} onClick={onUnfold}>
        Expand all
      </Button>
      {children}
    </Group>
  );
}

interface ToggleProps {
  readonly isOn: boolean;
  readonly onSet: (isOn: boolean) => void;
  readonly children: string;
}

function Toggle({ isOn, onSet, children }: ToggleProps) {
  return (
    <Button size="compact-sm" variant={isOn ? "filled" : "default"} aria-pressed={isOn} onClick={() => onSet(!isOn)}>
      {children}
    </Button>
  );
}
