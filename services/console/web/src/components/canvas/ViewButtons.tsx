/** The buttons of a canvas that change how it is seen, and `Arrange`, which puts its tasks in order. */

import { ActionIcon, Button, Group } from "@mantine/core";
import { IconMinus, IconPlus } from "@tabler/icons-react";
import { Panel, useReactFlow } from "@xyflow/react";

interface ViewButtonsProps {
  readonly onFit: () => void;
  /** Absent on a canvas that is read-only. */
  readonly onArrange: (() => void) | undefined;
}

export function ViewButtons({ onFit, onArrange }: ViewButtonsProps) {
  const flow = useReactFlow();
  return (
    <Panel position="top-right">
      <Group gap={6}>
        {onArrange !== undefined && (
          <Button size="compact-sm" variant="default" onClick={onArrange}>
            Arrange
          </Button>
        )}
        <Button size="compact-sm" variant="default" onClick={onFit}>
          Fit
        </Button>
        <ActionIcon variant="default" size={26} aria-label="Zoom out" onClick={() => flow.zoomOut()}>
          <IconMinus size={16} aria-hidden="true" />
        </ActionIcon>
        <ActionIcon variant="default" size={26} aria-label="Zoom in" onClick={() => flow.zoomIn()}>
          <IconPlus size={16} aria-hidden="true" />
        </ActionIcon>
      </Group>
    </Panel>
  );
}
