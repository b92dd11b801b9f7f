/** The menu of a task: what a right click or the menu key opens. */

import { Menu } from "@mantine/core";
import { useReturnedFocus } from "../useReturnedFocus";

/** Where a menu is open, in pixels of the window, and for which task. */
export interface OpenMenu {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

interface TaskMenuProps {
  readonly at: OpenMenu;
  readonly onSettings: () => void;
  readonly onDuplicate: () => void;
  readonly onDelete: () => void;
  readonly onClose: () => void;
}

export function TaskMenu({ at, onSettings, onDuplicate, onDelete, onClose }: TaskMenuProps) {
  useReturnedFocus();
  return (
    <Menu
      opened
      onClose={onClose}
      position="bottom-start"
      offset={2}
      withinPortal
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      aria-label={`Menu of ${at.name}`}
    >
      <Menu.Target>
        <span className="canvas-menu-target" style={{ left: at.x, top: at.y }} />
      </Menu.Target>
      <Menu.Dropdown aria-label={`Menu of ${at.name}`}>
        <Menu.Item onClick={onSettings}>Settings</Menu.Item>
        <Menu.Item onClick={onDuplicate}>Duplicate</Menu.Item>
        <Menu.Item onClick={onDelete}>Delete</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
